"""Invitations: a company asks an address in. The token goes out by mail alone; here only its SHA-256 is kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from bson import ObjectId
from pymongo import ReturnDocument

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth import conf
from apps.auth.documents import Invitation
from apps.auth.domain import identities, invitation_mail, mail_tokens, members, memberships
from apps.auth.domain.invitation_mail import Letter
from apps.auth.enums import InvitationStatus, Role
from apps.auth.errors import AboveYourRole, AlreadyMember, InvitationNotValid, InvitationSettled
from apps.tenants import api as tenants_api
from novapulse import clock, context
from novapulse.data import keyset, transaction
from novapulse.errors import NotFound
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from datetime import datetime

_PENDING = InvitationStatus.PENDING.value
_PRIVATE = frozenset({"company_id"})


@dataclass(frozen=True, slots=True)
class InvitationRecord:
    """An invitation as it was read; one that is pending beyond `expires_at` opens nothing any more."""

    id: ObjectId
    company_id: ObjectId
    email: str
    role: Role
    status: InvitationStatus
    invited_by_id: ObjectId
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Invitations:
    """A page of invitations, and where the next one starts."""

    rows: list[InvitationRecord]
    next: keyset.Position | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which invitations to list, and how; no statuses means all of them."""

    statuses: tuple[InvitationStatus, ...]
    order: keyset.Order
    limit: int


def present(invitation: InvitationRecord) -> dict[str, Any]:
    """Give what the API shows of an invitation."""
    return {name: value for name, value in asdict(invitation).items() if name not in _PRIVATE}


def page(wanted: Wanted, *, after: keyset.Position | None = None) -> Invitations:
    """List the invitations of the bound company."""
    where: dict[str, Any] = {"company_id": scope.current().company_id}
    if wanted.statuses:
        where["status"] = {"$in": [status.value for status in wanted.statuses]}
    walk = keyset.Walk(where, wanted.order, wanted.limit, {"token_hash": 0})
    found = keyset.page(Invitation.collection(), walk, after=after)
    return Invitations([_record(row) for row in found.rows], found.next)


def invite(email: str, *, role: Role) -> InvitationRecord:
    """Invite an address into the bound company, and mail the token once that is committed.

    An earlier invitation of the address that is still pending is revoked: the last mail is the one that counts.

    Raises Denied, AboveYourRole, AlreadyMember.
    """
    return transaction.run(partial(_invite, email, role))


def revoke(invitation_id: ObjectId) -> None:
    """Revoke an invitation of the bound company that is pending.

    Raises NotFound, Denied, AboveYourRole, InvitationSettled.
    """

    def settle() -> None:
        where = {"_id": invitation_id, "company_id": scope.current().company_id}
        document = Invitation.collection().find_one(where, {"role": 1})
        if document is None:
            raise NotFound
        _check_reach("invitations.delete", role=Role(document["role"]))
        if settled(invitation_id, as_status=InvitationStatus.REVOKED) is None:
            raise InvitationSettled
        audit_api.record([Entry(Action.INVITATION_REVOKED, invitation_id)])

    transaction.run(settle)


def by_token(token: str) -> InvitationRecord:
    """Find the invitation that a token opens.

    Raises InvitationNotValid, whichever of the reasons there is: unknown, accepted, revoked, expired.
    """
    where = {"token_hash": mail_tokens.hashed(token), "status": _PENDING, "expires_at": {"$gt": clock.now()}}
    document = Invitation.collection().find_one(where)
    if document is None:
        raise InvitationNotValid
    return _record(document)


def settled(invitation_id: ObjectId, *, as_status: InvitationStatus) -> InvitationRecord | None:
    """Settle a pending invitation, once; None where somebody else was first."""
    document = Invitation.collection().find_one_and_update(
        {"_id": invitation_id, "status": _PENDING},
        {"$set": {"status": as_status.value, "settled_at": clock.now()}},
        return_document=ReturnDocument.AFTER,
    )
    return None if document is None else _record(document)


def _invite(email: str, role: Role) -> InvitationRecord:
    _check_reach("invitations.create", role=role)
    _check_is_no_member(email)
    _revoke_earlier(email)
    token = mail_tokens.new()
    invitation = _record(_inserted(email, role=role, token_hash=mail_tokens.hashed(token)))
    audit_api.record([Entry(Action.INVITATION_CREATED, invitation.id, details={"role": role.value})])
    company = tenants_api.company(invitation.company_id).name
    letter = Letter(invitation.id, email, company, role, token, invitation.expires_at)
    transaction.on_commit(partial(invitation_mail.send, letter))
    return invitation


def _check_reach(permission: str, *, role: Role) -> None:
    """Refuse who may not do this, or not to a role above their own."""
    if not members.acting(permission).may_grant(role):
        raise AboveYourRole


def _check_is_no_member(email: str) -> None:
    """Look for a membership also where the address has no account: the time must not tell which addresses have one."""
    identity = identities.by_email(email)
    identity_id = ObjectId() if identity is None else identity.id
    if memberships.active_in(scope.current().company_id, identity_id=identity_id) is not None:
        raise AlreadyMember


def _revoke_earlier(email: str) -> None:
    where = {"company_id": scope.current().company_id, "email_key": identities.email_key(email), "status": _PENDING}
    earlier = [each["_id"] for each in Invitation.collection().find(where, {"_id": 1})]
    if earlier:
        revoked = {"$set": {"status": InvitationStatus.REVOKED.value, "settled_at": clock.now()}}
        Invitation.collection().update_many({"_id": {"$in": earlier}, "status": _PENDING}, revoked)
        audit_api.record(Entry(Action.INVITATION_REVOKED, id_, reason="superseded") for id_ in earlier)


def _inserted(email: str, *, role: Role, token_hash: bytes) -> dict[str, Any]:
    bound, now = scope.current(), clock.now()
    document: dict[str, Any] = {
        "_id": ObjectId(),
        "company_id": bound.company_id,
        "location": bound.location,
        "email": email,
        "email_key": identities.email_key(email),
        "role": role.value,
        "token_hash": token_hash,
        "status": _PENDING,
        "invited_by_id": context.principal().membership_id,
        "created_at": now,
        "expires_at": now + conf.INVITATION_LIFETIME,
        "settled_at": None,
    }
    Invitation.collection().insert_one(document)
    return document


def _record(document: dict[str, Any]) -> InvitationRecord:
    return InvitationRecord(
        id=document["_id"],
        company_id=document["company_id"],
        email=document["email"],
        role=Role(document["role"]),
        status=InvitationStatus(document["status"]),
        invited_by_id=document["invited_by_id"],
        created_at=document["created_at"],
        expires_at=document["expires_at"],
    )
