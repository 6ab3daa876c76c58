"""Sign-in by address and password, its renewal by refresh token, and the step over into another company.

Nobody learns from a refusal whether an address has an account: an unknown address, a wrong password, and a company that
is not one's own are answered alike and cost the same hashing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.audit import api as audit_api
from apps.auth.domain import audited, grants, identities, memberships, mfa_proofs, passwords, refresh_tokens, sessions
from apps.auth.errors import CompanyChoice, CompanySuspended, InvalidCredentials, InvalidRefreshToken
from apps.tenants import api as tenants_api
from novapulse.data import transaction
from novapulse.errors import InvalidToken, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from apps.auth.domain.grants import Grant
    from apps.auth.domain.identities import IdentityRecord
    from apps.auth.domain.memberships import MembershipRecord
    from apps.auth.domain.refresh_tokens import Presented
    from apps.auth.domain.sessions import Device, SessionRecord
    from apps.tenants.api import CompanyRecord
    from novapulse.context import Principal


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody signs in with; `company_slug` is None where they leave it open, `otp` where they send none."""

    email: str
    password: str
    company_slug: str | None
    otp: str | None = None

    def __repr__(self) -> str:
        """Show no password."""
        return "Credentials(...)"


@dataclass(frozen=True, slots=True)
class Seat:
    """A membership and its company."""

    membership: MembershipRecord
    company: CompanyRecord


def log_in(credentials: Credentials, *, device: Device) -> Grant:
    """Start a session in the company that is named, or in the only one there is.

    Raises InvalidCredentials; to whoever has the password, OtpRequired where it takes a second factor; and to whoever
    has that as well, CompanySuspended and CompanyChoice, which leave the code to be used.
    """
    identity = identities.by_email(credentials.email)
    try:
        return _admitted(identity, credentials, device=device)
    except (InvalidCredentials, CompanySuspended) as refused:
        audited.note_refused_sign_in(credentials.email, identity=identity, reason=refused.code)
        raise


def _admitted(identity: IdentityRecord | None, credentials: Credentials, *, device: Device) -> Grant:
    if not passwords.matches(identity, password=credentials.password) or identity is None:
        raise InvalidCredentials
    proof = mfa_proofs.asked_of(identity, otp=credentials.otp)
    seats = seats_of(memberships.active_of(identity.id))
    seat = _chosen([seat for seat in seats if credentials.company_slug in {None, seat.company.slug}])
    new_hash = passwords.renewed_hash(identity, password=credentials.password)

    def start() -> tuple[MembershipRecord, SessionRecord]:
        if not identities.note_sign_in(identity, new_hash=new_hash):
            raise InvalidCredentials
        mfa_proofs.spend(identity.id, proof=proof)
        membership = memberships.entered(seat.membership.id)
        if membership is None:
            raise InvalidCredentials
        return _started(membership, device=device, reason="login")

    membership, session = transaction.run(start)
    return grants.of(session, membership=membership, company=seat.company)


def refresh(presented: Presented) -> Grant:
    """Give the successor of a refresh token, with an access token that carries today's role and versions.

    A membership that has ended ends the session; a company that is suspended leaves it as it is, for later. The
    versions are read before the session is found live and rotated: whatever ends credentials at the same time either
    ends the session first, and the refresh is refused, or raises a version that the new token does not reach.

    Raises InvalidRefreshToken, CompanySuspended.
    """
    session = refresh_tokens.session_of(presented)
    membership = memberships.active(session.membership_id)
    if membership is None:
        sessions.end(session.id, reason="membership-ended")
        raise InvalidRefreshToken
    company = tenants_api.company(membership.company_id)
    _refuse_suspended(company)
    return grants.of(refresh_tokens.rotate(presented), membership=membership, company=company)


def switch(principal: Principal, *, company_slug: str, device: Device) -> Grant:
    """Start a session in another company of the same person; it expires with the one that it was started from.

    That one must be live: a token that has just been ended must not become a new session.

    Raises InvalidToken; NotFound alike where there is no such company and where it is not theirs; CompanySuspended.
    """
    company = tenants_api.company_by_slug(company_slug)
    if company is None:
        raise NotFound
    known = memberships.active_in(company.id, identity_id=principal.identity_id)
    if known is None:
        raise NotFound
    _refuse_suspended(company)

    def start() -> tuple[MembershipRecord, SessionRecord]:
        origin, membership = sessions.note_switch(principal.credential_id), memberships.entered(known.id)
        if origin is None:
            raise InvalidToken
        if membership is None:
            raise NotFound
        return _started(membership, device=device, reason="switch", expires_at=origin.expires_at)

    membership, session = transaction.run(start)
    return grants.of(session, membership=membership, company=company)


def seats_of(found: Sequence[MembershipRecord]) -> list[Seat]:
    """Put each membership together with its company, in the order of the companies."""
    by_company = {membership.company_id: membership for membership in found}
    return [Seat(by_company[company.id], company) for company in tenants_api.companies(by_company)]


def _started(
    membership: MembershipRecord, *, device: Device, reason: str, expires_at: datetime | None = None
) -> tuple[MembershipRecord, SessionRecord]:
    session = sessions.start(membership, device=device, expires_at=expires_at)
    audit_api.record([audited.signed_in(membership, session_id=session.id, reason=reason)])
    return membership, session


def _chosen(seats: Sequence[Seat]) -> Seat:
    """Give the one seat that may be taken: suspended companies stand back, and raise only where there is no other."""
    if not seats:
        raise InvalidCredentials
    usable = [seat for seat in seats if seat.company.is_open]
    if not usable:
        raise CompanySuspended
    if len(usable) > 1:
        raise CompanyChoice([{"slug": seat.company.slug, "name": seat.company.name} for seat in usable])
    return usable[0]


def _refuse_suspended(company: CompanyRecord) -> None:
    if not company.is_open:
        raise CompanySuspended
