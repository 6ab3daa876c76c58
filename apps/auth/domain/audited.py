"""What the audit is told of people: in whose name something was done, and in which companies' chains it stands.

What somebody changes of themself concerns each company that they are a member of: all of them are told, each of the
membership that it knows, and none learns of another.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from bson import ObjectId
from django.conf import settings

from apps.audit import api as audit_api
from apps.audit.api import Action, Actor, ActorKind, Entry
from apps.auth.domain import memberships
from novapulse import context, keys
from novapulse.tenancy.scope import Scope

if TYPE_CHECKING:
    from apps.auth.domain.identities import IdentityRecord
    from apps.auth.domain.memberships import MembershipRecord

_SHOWN: Final = 16  # hexadecimal digits: enough to tell attempts at one address from those at another


def signer(membership: MembershipRecord, *, session_id: ObjectId | None = None) -> Actor:
    """Name somebody who turns out, in this request, to hold a membership."""
    kind = ActorKind(membership.kind.value)
    return Actor(kind, membership.identity_id, membership.id, session_id, membership.role.value)


def signed_in(membership: MembershipRecord, *, session_id: ObjectId, reason: str) -> Entry:
    """Tell that somebody has come in: by which way."""
    by = signer(membership, session_id=session_id)
    return Entry(Action.SIGN_IN_SUCCEEDED, session_id, kind="session", reason=reason, home=membership.home, by=by)


def of_session(action: Action, session: dict[str, Any], *, reason: str | None = None) -> Entry:
    """Tell of a session's document, in its company's chain; by its own person, unless somebody else is known."""
    home = Scope(session["company_id"], session["location"])
    by = Actor(ActorKind.PERSON, session["identity_id"], session["membership_id"], session["_id"])
    known = context.trail()
    is_theirs = known is None or known.principal is None or known.principal.identity_id == session["identity_id"]
    kind = "session"
    return Entry(action, session["_id"], kind=kind, reason=reason, home=home, by=by if is_theirs else None)


def everywhere(identity_id: ObjectId, entry: Entry) -> list[Entry]:
    """Tell something of a person to all companies that they are a member of, by one command; else to the platform."""
    seats = memberships.active_of(identity_id)
    if not seats:
        return [replace(entry, home=audit_api.PLATFORM, by=Actor(ActorKind.PERSON, identity_id))]
    return [replace(entry, id=entry.id or seat.id, home=seat.home, by=_in_their_name(seat)) for seat in seats]


def _in_their_name(seat: MembershipRecord) -> Actor:
    known = context.trail()
    principal = None if known is None else known.principal
    is_own = principal is not None and principal.membership_id == seat.id
    return signer(seat, session_id=principal.credential_id if principal is not None and is_own else None)


def note_refused_sign_in(email: str, *, identity: IdentityRecord | None, reason: str) -> None:
    """Tell that somebody was not let in: to the companies of the account, or to the platform where there is none.

    As many commands in either case, so that the time does not tell which addresses have an account. An address without
    one is named by a keyed hash: people type their passwords there as well.
    """
    refused = audit_api.Outcome.REFUSED
    seats = memberships.active_of(ObjectId() if identity is None else identity.id)
    target = (_hashed(email), "address") if identity is None else (identity.id, "person")
    homes = [seat.home for seat in seats] or [audit_api.PLATFORM]
    entry = Entry(Action.SIGN_IN_FAILED, target[0], kind=target[1], outcome=refused, reason=reason)
    audit_api.note(replace(entry, home=home) for home in homes)


def _hashed(email: str) -> str:
    key = keys.subkey(settings.MASTER_KEY, purpose="audit-addresses")
    return hmac.digest(key, email.casefold().encode(errors="replace"), "sha256").hex()[:_SHOWN]
