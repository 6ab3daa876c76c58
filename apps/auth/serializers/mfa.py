"""What the routes of the second factor read and answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.auth.domain import recovery_codes
from apps.auth.serializers.credentials import AuthenticatorCode, OneTimeCode, Password
from novapulse.web.contract import Contract


class MfaConfirmation(Contract):
    """The code that the authenticator shows now."""

    otp = AuthenticatorCode()


class MfaEnd(Contract):
    """What shows that it is really you."""

    password = Password()
    otp = OneTimeCode()


class MfaEnrolment(serializers.Serializer[Any]):
    """What an authenticator needs; it is shown this once."""

    secret = serializers.CharField(help_text="The secret in base 32, for typing.")
    otpauth_uri = serializers.CharField(help_text="The same, to be shown as a QR code.")


class RecoveryCodes(serializers.Serializer[Any]):
    """The codes that open the account without the authenticator, each of them once; they are shown this once."""

    recovery_codes = serializers.ListField(
        child=serializers.CharField(), min_length=recovery_codes.COUNT, max_length=recovery_codes.COUNT
    )
