"""One's own second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.auth import conf
from apps.auth.domain import mfa
from apps.auth.errors import CompanyRequiresMfa, MfaActive, MfaNotActive, OtpRefused, SecondFactorRefused
from apps.auth.serializers.mfa import MfaConfirmation, MfaEnd, MfaEnrolment, RecoveryCodes
from apps.auth.views import limits
from novapulse import context
from novapulse.errors import Overloaded, TooMany
from novapulse.web import rendering
from novapulse.web.cost import Cost
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class EnrolMfaView(ApiView):
    """Shows a secret, and changes nothing else: signing in takes no code until it is confirmed."""

    operations = {
        "POST": Operation(
            "Get a secret for your authenticator",
            "mfa.update",
            cost=Cost.WRITE,
            answer=MfaEnrolment,
            issues_credential=True,
            problems=(MfaActive,),
        )
    }

    def post(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002  every handler is given the request
        """Make it, in place of one that was not confirmed."""
        enrolment = mfa.enrol(context.principal().identity_id)
        return _shown_once({"secret": enrolment.secret, "otpauth_uri": enrolment.uri})


class ConfirmMfaView(ApiView):
    """Turns the second factor on."""

    operations = {
        "POST": Operation(
            "Turn your second factor on",
            "mfa.update",
            cost=Cost.WRITE,
            answer=RecoveryCodes,
            body=MfaConfirmation,
            issues_credential=True,
            problems=(OtpRefused, MfaActive, MfaNotActive, TooMany),
        )
    }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Confirm it, end every other session, and show the recovery codes."""
        principal = context.principal()
        identity_id, session_id = principal.identity_id, principal.credential_id
        limits.by_person(request, group="mfa.confirm", rate=conf.CONFIRM_MFA_BY_PERSON, identity_id=identity_id)
        return _shown_once({"recovery_codes": mfa.confirm(identity_id, otp=self.body["otp"], session_id=session_id)})


class DisableMfaView(ApiView):
    """Turns the second factor off.

    It keeps no idempotency record: that would hold a fingerprint of the password.
    """

    operations = {
        "POST": Operation(
            "Turn your second factor off",
            "mfa.update",
            cost=Cost.WRITE,
            status=204,
            body=MfaEnd,
            issues_credential=True,
            problems=(SecondFactorRefused, MfaNotActive, CompanyRequiresMfa, TooMany, Overloaded),
        )
    }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Forget secret and recovery codes."""
        identity_id = context.principal().identity_id
        limits.by_person(request, group="mfa.disable", rate=conf.DISABLE_MFA_BY_PERSON, identity_id=identity_id)
        mfa.disable(identity_id, password=self.body["password"], otp=self.body["otp"])
        return rendering.nothing()


def _shown_once(body: dict[str, Any]) -> HttpResponse:
    return rendering.answer(body, headers={"Cache-Control": "no-store"})
