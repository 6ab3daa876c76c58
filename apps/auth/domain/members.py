"""Members: how a company sees its people, changes what they may do, and lets them go.

What may leave a company without an owner is decided one at a time: each decision holds the company.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pymongo import ReturnDocument

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth.documents import Identity, Membership
from apps.auth.domain import api_keys, memberships, permissions, sessions
from apps.auth.enums import MembershipKind, MembershipStatus, Role
from apps.auth.errors import AboveYourRole, LastOwner, MemberEnded, ServiceAccountRole
from apps.tenants import api as tenants_api
from novapulse import clock, context
from novapulse.data import events, keyset, transaction
from novapulse.data.events import Event
from novapulse.errors import Denied, NotFound
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bson import ObjectId

_ACTIVE, _ENDED = MembershipStatus.ACTIVE.value, MembershipStatus.ENDED.value


@dataclass(frozen=True, slots=True)
class Member:
    """A membership with the name and the address of whoever stands behind it.

    `version` is the membership's; `revision` grows with every change of either of the two.
    """

    id: ObjectId
    name: str
    email: str
    role: Role
    kind: MembershipKind
    status: MembershipStatus
    version: int
    created_at: datetime
    updated_at: datetime
    revision: int


@dataclass(frozen=True, slots=True)
class Members:
    """A page of members, and where the next one starts."""

    rows: list[Member]
    next: keyset.Position | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which members to list, and how; no roles means all of them."""

    roles: tuple[Role, ...]
    order: keyset.Order
    limit: int


def present(member: Member) -> dict[str, Any]:
    """Give what the API shows of a member."""
    return {name: value for name, value in asdict(member).items() if name != "revision"}


def page(wanted: Wanted, *, after: keyset.Position | None = None) -> Members:
    """List the active members of the bound company: one command for the memberships, one for the names."""
    where: dict[str, Any] = {"company_id": scope.current().company_id, "status": _ACTIVE}
    if wanted.roles:
        where["role"] = {"$in": [role.value for role in wanted.roles]}
    walk = keyset.Walk(where, wanted.order, wanted.limit)
    found = keyset.page(Membership.collection(), walk, after=after)
    return Members(_named(found.rows), found.next)


def member(membership_id: ObjectId) -> Member:
    """Read a member of the bound company, also one who has left: old tasks still point there.

    Raises NotFound.
    """
    return _named([_stored(membership_id)])[0]


def actor_role() -> Role:
    """Tell what the one who asks may do now, which may be less than what their token says.

    Raises Denied where their membership has ended.
    """
    where = {"_id": context.principal().membership_id, "company_id": scope.current().company_id, "status": _ACTIVE}
    document = Membership.collection().find_one(where, {"role": 1})
    if document is None:
        raise Denied
    return Role(document["role"])


def acting(permission: str) -> Role:
    """Give the role of the one who asks, if it carries the permission now and their credential does not leave it out.

    Raises Denied.
    """
    actor = actor_role()
    if not permissions.is_granted(permission, role=actor, scopes=context.principal().scopes):
        raise Denied
    return actor


def change_role(membership_id: ObjectId, *, role: Role) -> Member:
    """Give a member another role and end their sessions, since their tokens speak of the old one.

    Their API keys go on in the new role. Raises NotFound, Denied, AboveYourRole, MemberEnded, LastOwner,
    ServiceAccountRole.
    """

    def change() -> dict[str, Any]:
        target = _decided_alone(membership_id)
        actor = _acting("members.update", on=target)
        if not actor.may_grant(role):
            raise AboveYourRole
        if role is Role.OWNER and target["kind"] == MembershipKind.SERVICE:
            raise ServiceAccountRole("/role")
        if target["role"] == role:
            return target
        if role is not Role.OWNER:
            _keep_an_owner(without=target)
        changed = _ended_credentials(target, changes={"role": role.value}, reason="role-changed")
        events.tell(lambda: [Event("member.role_changed", present(_named([changed])[0]))])
        roles = (target["role"], changed["role"])
        audit_api.record([Entry(Action.MEMBER_ROLE_CHANGED, membership_id, changed=["role"], details={"role": roles})])
        return changed

    return _named([transaction.run(change)])[0]


def remove(membership_id: ObjectId) -> None:
    """End a membership: one's own, or with `members.update` another's. Its document stays for what points to it.

    Raises NotFound, Denied, AboveYourRole, MemberEnded, LastOwner.
    """

    def end() -> None:
        target = _decided_alone(membership_id)
        leaves = target["_id"] == context.principal().membership_id
        _acting("members.remove" if leaves else "members.update", on=target)
        _keep_an_owner(without=target)
        now, reason = clock.now(), "left" if leaves else "removed"
        changes = {"status": _ENDED, "ended_at": now, "updated_at": now}
        ended = _ended_credentials(target, changes=changes, reason=reason)
        events.tell(lambda: [Event("member.removed", present(_named([ended])[0]))])
        api_keys.end_for_membership(target["_id"], reason=reason)
        audit_api.record([Entry(Action.MEMBER_REMOVED, membership_id, reason=reason)])

    transaction.run(end)


def owner_addresses() -> list[str]:
    """Give the addresses of the bound company's owners, by two commands: who is told what concerns the company."""
    where = {"company_id": scope.current().company_id, "status": _ACTIVE, "role": Role.OWNER.value}
    return sorted(owner.email for owner in _named(list(Membership.collection().find(where))))


def tell_joined(membership_id: ObjectId) -> None:
    """Tell whom it concerns that a membership has begun, inside the transaction that begins it, in its company."""
    events.tell(lambda: [Event("member.joined", present(member(membership_id)))])


def _decided_alone(membership_id: ObjectId) -> dict[str, Any]:
    """Hold the company, then read the membership: what is decided on it is decided after every other such decision."""
    tenants_api.hold_company(scope.current().company_id)
    return _stored(membership_id)


def _stored(membership_id: ObjectId) -> dict[str, Any]:
    where = {"_id": membership_id, "company_id": scope.current().company_id}
    document = Membership.collection().find_one(where)
    if document is None:
        raise NotFound
    return document


def _acting(permission: str, *, on: dict[str, Any]) -> Role:
    """Give the role of the one who asks, if it carries the permission and reaches up to the member in question."""
    actor = acting(permission)
    if not actor.may_grant(Role(on["role"])):
        raise AboveYourRole
    if on["status"] != _ACTIVE:
        raise MemberEnded
    return actor


def _keep_an_owner(*, without: dict[str, Any]) -> None:
    if without["role"] != Role.OWNER:
        return
    others = {
        "company_id": without["company_id"],
        "status": _ACTIVE,
        "role": Role.OWNER.value,
        "kind": MembershipKind.PERSON.value,
        "_id": {"$ne": without["_id"]},
    }
    if Membership.collection().find_one(others, {"_id": 1}) is None:
        raise LastOwner


def _ended_credentials(target: dict[str, Any], *, changes: dict[str, Any], reason: str) -> dict[str, Any]:
    """Change a membership, and end everything that was issued for it."""
    changed = Membership.collection().find_one_and_update(
        {"_id": target["_id"], "version": target["version"]},
        {"$set": {"updated_at": clock.now(), **changes}, "$inc": {"version": 1, "credential_version": 1}},
        return_document=ReturnDocument.AFTER,
    )
    if changed is None:
        raise NotFound
    memberships.announce_versions([changed])
    sessions.end_for_membership(target["_id"], reason=reason)
    return changed


def _named(documents: Sequence[dict[str, Any]]) -> list[Member]:
    ids = [document["identity_id"] for document in documents]
    found = Identity.collection().find({"_id": {"$in": ids}}, {"name": 1, "email": 1, "version": 1})
    identities = {identity["_id"]: identity for identity in found}
    return [_member(document, identity=identities[document["identity_id"]]) for document in documents]


def _member(document: dict[str, Any], *, identity: dict[str, Any]) -> Member:
    return Member(
        id=document["_id"],
        name=identity["name"],
        email=identity["email"],
        role=Role(document["role"]),
        kind=MembershipKind(document["kind"]),
        status=MembershipStatus(document["status"]),
        version=document["version"],
        created_at=document["created_at"],
        updated_at=document["updated_at"],
        revision=document["version"] + identity["version"],
    )
