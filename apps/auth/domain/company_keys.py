"""The API keys of a company as its people see them: listed, issued, ended.

Everybody sees and ends the keys that act as themself; whoever holds `members.update`, all keys of the company.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth.documents import ApiKey, Identity, Membership
from apps.auth.domain import api_key_text, api_keys, members, memberships, permissions, service_accounts, sessions
from apps.auth.enums import MembershipKind, Role
from apps.tenants import api as tenants_api
from novapulse import context
from novapulse.data import keyset, transaction
from novapulse.errors import Denied, FieldError, Invalid, InvalidToken, NotFound
from novapulse.gate.decision import Change, Level
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bson import ObjectId

    from apps.auth.domain.api_keys import Terms
    from apps.auth.domain.memberships import MembershipRecord

_MANAGES = "members.update"
_NULL = {
    "$type": "null"
}  # as a value, null is two intervals of the index (null and missing), not to be merged in order


@dataclass(frozen=True, slots=True)
class CompanyKey:
    """A key, with the role that it acts in now; `service_account` is the name of one, None for a person."""

    id: ObjectId
    name: str
    prefix: str
    scopes: list[str] | None
    role: Role
    membership_id: ObjectId
    service_account: str | None
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Issued:
    """A new key and its text, which is shown this once."""

    key: CompanyKey
    text: str

    def __repr__(self) -> str:
        """Show no secret."""
        return f"Issued({self.key.prefix})"


@dataclass(frozen=True, slots=True)
class CompanyKeys:
    """A page of keys, and where the next one starts."""

    rows: list[CompanyKey]
    next: keyset.Position | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """How to list keys."""

    order: keyset.Order
    limit: int


def present(key: CompanyKey) -> dict[str, Any]:
    """Give what the API shows of a key."""
    return asdict(key)


def page(wanted: Wanted, *, after: keyset.Position | None = None) -> CompanyKeys:
    """List the keys of the bound company that have not ended, those that have expired too."""
    principal = context.principal()
    sees_all = permissions.is_granted(_MANAGES, role=principal.role, scopes=principal.scopes)
    where = {**_within_reach(sees_all=sees_all), "ended_at": _NULL}
    walk = keyset.Walk(where, wanted.order, wanted.limit, {"key_hash": 0})
    found = keyset.page(ApiKey.collection(), walk, after=after)
    return CompanyKeys(_described(found.rows), found.next)


def issue(terms: Terms, *, service_account: service_accounts.Wanted | None = None) -> Issued:
    """Issue a key that acts as whoever asks, or as a service account that is made for it.

    Raises InvalidToken where the session that asks has ended meanwhile; Denied, also to whom a credential narrows: it
    must not become one that is less narrow; AboveYourRole and ServiceAccountRole for the role of the account; Invalid
    for scopes that the role does not hold.
    """

    def insert() -> Issued:
        principal = context.principal()
        if principal.scopes is not None:
            raise Denied
        own = memberships.active(principal.membership_id)
        if own is None or sessions.note_key(principal.credential_id) is None:
            raise InvalidToken
        holder = own if service_account is None else service_accounts.create(service_account)
        _check_scopes(terms.scopes or (), role=holder.role)
        return _inserted(terms, holder=holder, created_by_id=own.id)

    return transaction.run(insert)


def revoke(key_id: ObjectId) -> None:
    """End a key; every process refuses it from then on.

    Raises Denied where one's membership has ended, NotFound for a key that has ended or is not within one's reach.
    """

    def end() -> None:
        where = {"_id": key_id, **_within_reach(sees_all=_manages_now())}
        if not api_keys.end(where, reason="revoked"):
            raise NotFound
        audit_api.record([Entry(Action.API_KEY_REVOKED, key_id)])
        company_id = str(scope.current().company_id)
        tenants_api.announce([Change(Level.CREDENTIAL, str(key_id), company_id=company_id)])

    transaction.run(end)


def _manages_now() -> bool:
    role, scopes = members.actor_role(), context.principal().scopes
    return permissions.is_granted(_MANAGES, role=role, scopes=scopes)


def _within_reach(*, sees_all: bool) -> dict[str, Any]:
    company = {"company_id": scope.current().company_id}
    return company if sees_all else {**company, "membership_id": context.principal().membership_id}


def _check_scopes(scopes: Iterable[str], *, role: Role) -> None:
    """Refuse permissions that the key would not have anyway, each by its place."""
    missing = tuple(
        FieldError(f"/scopes/{index}", "not-granted", f"No API key in the role {role} holds this permission.")
        for index, scope_word in enumerate(scopes)
        if not permissions.is_granted(scope_word, role=role, scopes=permissions.OF_KEYS)
    )
    if missing:
        raise Invalid(fields=missing)


def _inserted(terms: Terms, *, holder: MembershipRecord, created_by_id: ObjectId) -> Issued:
    key = api_key_text.new()
    document = api_keys.insert(
        key, digest=api_key_text.digest(key.text), terms=terms, holder=holder, created_by_id=created_by_id
    )
    audit_api.record([Entry(Action.API_KEY_CREATED, document["_id"], details={"role": holder.role.value})])
    return Issued(_described([document])[0], key.text)


def _described(documents: Sequence[dict[str, Any]]) -> list[CompanyKey]:
    """Put roles and names to keys: one command for the memberships, one for the names of service accounts."""
    holders = {each["_id"]: each for each in _found(Membership, (key["membership_id"] for key in documents))}
    accounts = [each["identity_id"] for each in holders.values() if each["kind"] == MembershipKind.SERVICE]
    names = {each["_id"]: each["name"] for each in _found(Identity, accounts)}
    return [_company_key(document, holder=holders[document["membership_id"]], names=names) for document in documents]


def _found(kind: type[Membership | Identity], ids: Iterable[ObjectId]) -> Iterable[dict[str, Any]]:
    wanted = list(set(ids))
    return kind.collection().find({"_id": {"$in": wanted}}) if wanted else ()


def _company_key(document: dict[str, Any], *, holder: dict[str, Any], names: dict[ObjectId, str]) -> CompanyKey:
    return CompanyKey(
        id=document["_id"],
        name=document["name"],
        prefix=document["prefix"],
        scopes=document["scopes"],
        role=Role(holder["role"]),
        membership_id=holder["_id"],
        service_account=names.get(holder["identity_id"]),
        created_at=document["created_at"],
        expires_at=document["expires_at"],
        last_used_at=document["last_used_at"],
    )
