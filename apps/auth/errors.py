"""Troubles of the auth app."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

from novapulse.errors import Conflict, Denied, FieldError, Invalid, NotFound, Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from apps.auth.enums import KeyStatus


class EmailTaken(Conflict):
    """The address has an account already; sign in instead."""

    code = "email-taken"

    def __init__(self) -> None:
        """Point at the address."""
        super().__init__(fields=(FieldError("/email", self.code, "An account has this address."),))


class PasswordRefused(Invalid):
    """The password cannot be taken; choose another."""

    code = "password-refused"

    def __init__(self, reason: str, *, code: str) -> None:
        """Point at the password; the code says which rule it breaks, the reason says it in a sentence."""
        super().__init__(fields=(FieldError("/password", code, reason),))

    def at(self, pointer: str) -> PasswordRefused:
        """Give the same refusal where the password stands elsewhere in the body."""
        (field,) = self.fields
        refused = PasswordRefused(field.detail, code=field.code)
        refused.fields = (replace(field, pointer=pointer),)
        return refused


class WrongPassword(Invalid):
    """The current password is another one."""

    code = "wrong-password"

    def __init__(self) -> None:
        """Point at it."""
        super().__init__(fields=(FieldError("/current_password", self.code, "This is not your current password."),))


class ResetNotValid(Invalid):
    """The password reset is not valid, or not any more; ask for a new one."""

    code = "reset-not-valid"


class InvalidCredentials(Unauthenticated):
    """The address or the password is wrong, or they do not open this company."""

    code = "invalid-credentials"


class OtpRequired(Unauthenticated):
    """The password is right; send the code of your authenticator as well, or a recovery code, in `otp`."""

    code = "otp-required"


class OtpRefused(Invalid):
    """The code is wrong; take the one that your authenticator shows now."""

    code = "otp-refused"

    def __init__(self) -> None:
        """Point at the code."""
        super().__init__(fields=(FieldError("/otp", self.code, "Not a code of the secret that was enrolled last."),))


class SecondFactorRefused(Invalid):
    """The password or the code is wrong."""

    code = "second-factor-refused"


class MfaActive(Conflict):
    """You have a second factor; disable it before you enrol another."""

    code = "mfa-active"


class MfaNotActive(Conflict):
    """There is no second factor; enrol one first."""

    code = "mfa-not-active"


class MfaRequired(Denied):
    """Your company requires a second factor; enrol and confirm one, then refresh your token."""

    code = "mfa-required"


class CompanyRequiresMfa(Conflict):
    """A company of yours requires a second factor, so you cannot be without one."""

    code = "company-requires-mfa"

    def __init__(self, names: Sequence[str]) -> None:
        """Name the companies."""
        super().__init__(f"Required by: {', '.join(names)}.")


class InvalidRefreshToken(Unauthenticated):
    """The refresh token is not valid, or not any more; sign in again."""

    code = "invalid-refresh-token"


class CompanySuspended(Denied):
    """The company is suspended: nobody of it can sign in."""

    code = "company-suspended"


class CompanyChoice(Conflict):
    """You belong to several companies; sign in with the company_slug of one of them."""

    code = "company-choice"

    def __init__(self, companies: Sequence[Mapping[str, str]]) -> None:
        """Take the companies to choose from, each with slug and name."""
        super().__init__()
        self.extensions = {"companies": [dict(company) for company in companies]}


class AboveYourRole(Denied):
    """Nobody grants, changes or removes a role above their own."""

    code = "above-your-role"


class LastOwner(Conflict):
    """A company keeps at least one owner; make somebody else an owner first."""

    code = "last-owner"


class MemberEnded(Conflict):
    """The membership has ended; invite the person again."""

    code = "member-ended"


class AlreadyMember(Conflict):
    """Somebody with this address is a member of the company already."""

    code = "already-member"


class ServiceAccountRole(Invalid):
    """A service account cannot be an owner; give it another role."""

    code = "service-account-role"

    def __init__(self, pointer: str) -> None:
        """Point at the role."""
        super().__init__(fields=(FieldError(pointer, self.code, "Not owner: an owner is a person."),))


class NotToActAs(Conflict):
    """Nobody can act as this member."""

    code = "not-to-act-as"


class InvitationSettled(Conflict):
    """The invitation was accepted or revoked already."""

    code = "invitation-settled"


class InvitationNotValid(NotFound):
    """The invitation is not valid, or not any more; ask for a new one."""

    code = "invitation-not-valid"


class AccountChanged(Conflict):
    """The account changed at the same time; try again."""

    code = "account-changed"


class UnknownKey(NotFound):
    """There is no signing key of this id."""

    code = "unknown-key"


class KeyStatusRefused(Conflict):
    """The signing key is in a state that does not allow this."""

    code = "key-status"

    def __init__(self, status: KeyStatus) -> None:
        """Take the state that the key is in."""
        super().__init__(f"The key is {status.value}: only a next or previous one may be activated or retired.")


class KeyTooNew(Conflict):
    """The signing key has not been published for long enough: some do not know it yet."""

    code = "key-too-new"

    def __init__(self, wait: timedelta) -> None:
        """Take how long it still has to be published before it signs."""
        super().__init__(f"Not everybody knows the key yet; wait {ceil(wait.total_seconds())} s more.")


class KeySealedOtherwise(Conflict):
    """The key was sealed by another MASTER_KEY than the one in use, so it cannot sign."""

    code = "key-sealed-otherwise"


class KeysChanged(Conflict):
    """The signing keys changed at the same time; look at them and try again."""

    code = "keys-changed"
