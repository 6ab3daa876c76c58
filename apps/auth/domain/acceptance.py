"""Accepting an invitation: whoever holds the token of the mail becomes a member, and is signed in.

1. The token must open a pending invitation, and its sender must still be allowed to grant the role.
2. The token came by mail, so whoever holds it reads the mail of the address. What else they must show:
   a. where there is no account: a name and a password, which make one, with its address verified;
   b. where there is one that is verified: its password;
   c. where nobody has verified it, so that anybody may have made it: a password that replaces the one it had; its
      sessions end, and the address is verified.
   And in b and c the second factor of the account, where it has one: reading somebody's mail does not replace it.
3. In one transaction the invitation is settled, by compare-and-set, the account is changed or found to be as in step 2,
   the membership begins or begins again, and a session starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pymongo.errors import DuplicateKeyError

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth.documents import Identity
from apps.auth.domain import (
    audited,
    endings,
    grants,
    identities,
    invitations,
    members,
    memberships,
    mfa_proofs,
    passwords,
    permissions,
    sessions,
)
from apps.auth.enums import InvitationStatus
from apps.auth.errors import (
    AccountChanged,
    AlreadyMember,
    CompanySuspended,
    EmailTaken,
    InvalidCredentials,
    InvitationNotValid,
)
from apps.tenants import api as tenants_api
from apps.tenants.errors import CompanyReadOnly
from novapulse import clock
from novapulse.data import transaction
from novapulse.errors import FieldError, Invalid
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from bson import ObjectId

    from apps.auth.domain.grants import Grant
    from apps.auth.domain.identities import IdentityRecord
    from apps.auth.domain.invitations import InvitationRecord
    from apps.auth.domain.memberships import MembershipRecord
    from apps.auth.domain.sessions import Device, SessionRecord
    from apps.tenants.api import CompanyRecord


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What whoever was invited sends; None is what they have left out."""

    token: str
    name: str | None
    password: str | None
    otp: str | None = None

    def __repr__(self) -> str:
        """Show neither token nor password nor code."""
        return "Acceptance(...)"


def accept(acceptance: Acceptance, *, device: Device) -> Grant:
    """Make a member of whoever holds the token, and sign them in.

    Raises InvitationNotValid, whatever the reason; Invalid for a missing name or password; PasswordRefused for
    a new one that breaks a rule, InvalidCredentials for a wrong one and for a wrong code, OtpRequired for none;
    CompanySuspended; CompanyReadOnly; AlreadyMember; AccountChanged where the account changed at the same time. After
    any of them the invitation is as it was.
    """
    invitation = invitations.by_token(acceptance.token)
    _check_sender(invitation)
    company = tenants_api.company(invitation.company_id)
    _check_takes_members(company)
    account = _account(acceptance, invitation=invitation, company=company)

    def join() -> tuple[MembershipRecord, SessionRecord]:
        tenants_api.hold_company(company.id)  # it may have been turned while the password was hashed
        _check_takes_members(tenants_api.company(company.id))
        if invitations.settled(invitation.id, as_status=InvitationStatus.ACCEPTED) is None:
            raise InvitationNotValid
        membership = _admitted(account(), invitation=invitation, company=company)
        with scope.company(company.id, location=company.country):
            members.tell_joined(membership.id)
        session = sessions.start(membership, device=device)
        audit_api.record(_told(membership, invitation=invitation, session_id=session.id))
        return membership, session

    membership, session = transaction.run(join)
    return grants.of(session, membership=membership, company=company)


def _told(membership: MembershipRecord, *, invitation: InvitationRecord, session_id: ObjectId) -> list[Entry]:
    home, by = membership.home, audited.signer(membership, session_id=session_id)
    return [
        Entry(Action.INVITATION_ACCEPTED, invitation.id, home=home, by=by),
        Entry(Action.MEMBER_JOINED, membership.id, details={"role": membership.role.value}, home=home, by=by),
        audited.signed_in(membership, session_id=session_id, reason="invitation"),
    ]


def _check_takes_members(company: CompanyRecord) -> None:
    if not company.is_open:
        raise CompanySuspended
    if company.is_read_only:
        raise CompanyReadOnly


def _check_sender(invitation: InvitationRecord) -> None:
    """Refuse what the sender could not grant any more: nobody grants above themself, also not by an old mail."""
    sender = memberships.active(invitation.invited_by_id)
    if sender is None or not identities.identity(sender.identity_id).is_active:
        raise InvitationNotValid
    if not permissions.is_granted("invitations.create", role=sender.role):
        raise InvitationNotValid
    if not sender.role.may_grant(invitation.role):
        raise InvitationNotValid


def _account(
    acceptance: Acceptance, *, invitation: InvitationRecord, company: CompanyRecord
) -> Callable[[], IdentityRecord]:
    """Check what was shown (step 2), with the slow hashing; give what the transaction has to do about the account."""
    identity = identities.by_email(invitation.email)
    if identity is not None and identity.email_verified_at is not None:
        if not passwords.matches(identity, password=_given(acceptance.password, pointer="/password")):
            raise InvalidCredentials
        return _proven(partial(_signed_in, identity), identity=identity, otp=acceptance.otp)
    if identity is not None:
        if not identity.is_active:
            raise InvalidCredentials
        password = _given(acceptance.password, pointer="/password")
        password_hash = passwords.accepted(password, context=(company.name, identity.name, identity.email))
        taking_over = partial(_taken_over, identity, password_hash=password_hash)
        return _proven(taking_over, identity=identity, otp=acceptance.otp)
    return _newcomer(acceptance, invitation=invitation, company=company)


def _newcomer(
    acceptance: Acceptance, *, invitation: InvitationRecord, company: CompanyRecord
) -> Callable[[], IdentityRecord]:
    if not acceptance.name or not acceptance.password:
        missing = {"/name": acceptance.name, "/password": acceptance.password}
        raise Invalid(fields=tuple(_required(pointer) for pointer, value in missing.items() if not value))
    password_hash = passwords.accepted(acceptance.password, context=(company.name, acceptance.name, invitation.email))
    return partial(_created, email=invitation.email, name=acceptance.name, password_hash=password_hash)


def _proven(
    then: Callable[[], IdentityRecord], *, identity: IdentityRecord, otp: str | None
) -> Callable[[], IdentityRecord]:
    """Check the second factor; give what the transaction has to do first: use the code up."""
    proof = mfa_proofs.asked_of(identity, otp=otp)

    def settle() -> IdentityRecord:
        mfa_proofs.spend(identity.id, proof=proof)
        return then()

    return settle


def _given(value: str | None, *, pointer: str) -> str:
    if not value:
        raise Invalid(fields=(_required(pointer),))
    return value


def _required(pointer: str) -> FieldError:
    return FieldError(pointer, "required", "This field is required.")


def _signed_in(identity: IdentityRecord) -> IdentityRecord:
    if not identities.note_sign_in(identity, new_hash=identity.password_hash):
        raise AccountChanged
    return identity


def _taken_over(identity: IdentityRecord, *, password_hash: str) -> IdentityRecord:
    """Hand an account that nobody has verified to the reader of its mail, and shut out whoever held it till now."""
    now = clock.now()
    taken = Identity.collection().find_one_and_update(
        {"_id": identity.id, "version": identity.version, "email_verified_at": None, "deactivated_at": None},
        {
            "$set": {"password_hash": password_hash, "email_verified_at": now, "updated_at": now},
            "$inc": {"version": 1},
            "$unset": identities.NO_RESET,
        },
        projection={"_id": 1},
    )
    if taken is None:
        raise AccountChanged
    endings.shut_out(identity.id, reason="taken-over")
    told = Entry(Action.PASSWORD_RESET, kind="member", reason="taken-over")
    audit_api.record(audited.everywhere(identity.id, told))
    return identity


def _created(*, email: str, name: str, password_hash: str) -> IdentityRecord:
    try:
        return identities.create(email=email, name=name, password_hash=password_hash, verified=True)
    except EmailTaken as error:
        raise AccountChanged from error


def _admitted(identity: IdentityRecord, *, invitation: InvitationRecord, company: CompanyRecord) -> MembershipRecord:
    """Begin a membership, or begin the one again that had ended: tasks still point to it."""
    again = memberships.begin_again(company.id, identity_id=identity.id, role=invitation.role)
    if again is not None:
        return again
    try:
        return memberships.create(
            company_id=company.id, location=company.country, identity_id=identity.id, role=invitation.role
        )
    except DuplicateKeyError as error:
        raise AlreadyMember from error
