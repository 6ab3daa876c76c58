"""A new password for whoever knows the old one: all that was issued to them ends, and one session starts anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth.domain import audited, endings, grants, identities, memberships, passwords, sessions
from apps.auth.errors import AccountChanged, CompanySuspended, PasswordRefused, WrongPassword
from apps.tenants import api as tenants_api
from novapulse.data import transaction
from novapulse.errors import InvalidToken
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from bson import ObjectId

    from apps.auth.domain.grants import Grant
    from apps.auth.domain.identities import IdentityRecord
    from apps.auth.domain.memberships import MembershipRecord
    from apps.auth.domain.sessions import Device, SessionRecord
    from novapulse.context import Principal


@dataclass(frozen=True, slots=True)
class PasswordChange:
    """The password that somebody has, and the one that they want."""

    current: str
    new: str

    def __repr__(self) -> str:
        """Show neither."""
        return "PasswordChange(...)"


def change(wanted: PasswordChange, *, principal: Principal, device: Device) -> Grant:
    """Set the new password, end every session and access token in all companies, and start a session in this one.

    Of two changes at once, or of a change and a sign-in with the old password, MongoDB lets one go first.

    Raises WrongPassword; PasswordRefused; AccountChanged for the later of two at once; CompanySuspended; InvalidToken
    where the session or the membership that asks has ended meanwhile.
    """
    identity, company = identities.identity(principal.identity_id), tenants_api.company(scope.current().company_id)
    if not passwords.matches(identity, password=wanted.current):
        raise WrongPassword
    if not company.is_open:
        raise CompanySuspended
    new_hash = accepted_for(identity, password=wanted.new)

    def set_anew() -> tuple[MembershipRecord, SessionRecord]:
        if not identities.set_password(identity.id, old_hash=identity.password_hash, new_hash=new_hash):
            raise AccountChanged
        _check_is_live(principal.credential_id)
        endings.end_sign_ins_of(identity.id, reason="password-changed")
        membership = memberships.entered(principal.membership_id)
        if membership is None:
            raise InvalidToken
        session = sessions.start(membership, device=device)
        told = audited.everywhere(identity.id, Entry(Action.PASSWORD_CHANGED, kind="member"))
        audit_api.record([*told, audited.signed_in(membership, session_id=session.id, reason="password-changed")])
        return membership, session

    membership, session = transaction.run(set_anew)
    return grants.of(session, membership=membership, company=company)


def accepted_for(identity: IdentityRecord, *, password: str) -> str:
    """Check a new password of somebody who is known, and give its hash: expensive, so not in a transaction.

    Raises PasswordRefused, which points at `new_password`.
    """
    homes = tenants_api.companies(seat.company_id for seat in memberships.active_of(identity.id))
    names = [name for home in homes for name in (home.name, home.slug)]
    try:
        return passwords.accepted(password, context=(*names, identity.name, identity.email.rpartition("@")[0]))
    except PasswordRefused as refused:
        raise refused.at("/new_password") from refused


def _check_is_live(session_id: ObjectId) -> None:
    session = sessions.by_id(session_id)
    if session is None or not session.is_live:
        raise InvalidToken
