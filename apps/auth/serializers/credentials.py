"""Fields that sign-in routes share, and the answer that carries tokens."""

from __future__ import annotations

import re
from typing import Any

from django.core.validators import EmailValidator, RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.auth import conf
from apps.auth.domain import identities
from apps.tenants import api as tenants_api
from novapulse.web import fields

_NO_ADDRESS = "Not an e-mail address."


class _PlainAddress(EmailValidator):
    """Django's, without quoted local parts: two spellings of one mailbox would be two accounts."""

    _ATOM = r"[-!#$%&'*+/=?^_`{}|~0-9A-Z]+"
    user_regex = re.compile(rf"{_ATOM}(\.{_ATOM})*\Z", re.ASCII | re.IGNORECASE)


@extend_schema_field({"type": "string", "format": "email", "maxLength": conf.EMAIL_MAX_LENGTH})
class Email(fields.Text):
    """An address that mail can be sent to, in ASCII (RFC 5321); an international domain in its `xn--` form.

    Beyond ASCII other letters fold to these, and an address that only looks like somebody's would be taken for theirs.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  DRF's own
        """Add the rules of an address."""
        super().__init__(max_length=conf.EMAIL_MAX_LENGTH, **options)
        self.validators.append(_PlainAddress(message=_NO_ADDRESS))

    def to_internal_value(self, data: object) -> str:
        """Look before anything is normalized: NFC makes a plain K of the Kelvin sign."""
        if isinstance(data, str) and not data.isascii():
            raise serializers.ValidationError(_NO_ADDRESS, code="invalid")
        email = super().to_internal_value(data)
        if identities.is_of_service(email):
            raise serializers.ValidationError(_NO_ADDRESS, code="invalid")
        return email


@extend_schema_field(
    {"type": "string", "format": "password", "minLength": conf.PASSWORD_LEAST, "maxLength": conf.PASSWORD_MOST}
)
class NewPassword(fields.Text):
    """A password to be set: taken to the last space; whether it is good enough, `password_rules` says with reasons."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  DRF's own
        """Cut nothing off."""
        super().__init__(trim_whitespace=False, **options)


@extend_schema_field({"type": "string", "format": "password", "minLength": 1, "maxLength": conf.PASSWORD_MOST})
class Password(fields.Text):
    """A password to be compared: none that was ever accepted is longer than this."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  DRF's own
        """Cut nothing off."""
        super().__init__(trim_whitespace=False, max_length=conf.PASSWORD_MOST, **options)


class Slug(fields.Text):
    """A company's short name in links."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  DRF's own
        """Add the pattern."""
        super().__init__(**options)
        sentence = "2 to 40 lowercase letters, digits and hyphens, beginning and ending with a letter or digit."
        self.validators.append(RegexValidator(tenants_api.SLUG_PATTERN, message=sentence))


class AuthenticatorCode(fields.Text):
    """A code from an authenticator (RFC 6238)."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  DRF's own
        """Add the pattern."""
        super().__init__(**options)
        self.validators.append(RegexValidator(r"^[0-9]{6}\Z", message="6 digits."))


class OneTimeCode(fields.Text):
    """A code from an authenticator, or a recovery code with or without its hyphens."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  DRF's own
        """Add the pattern."""
        super().__init__(**options)
        pattern = r"^(?:[0-9]{6}|[0-9A-Za-z]{4}(?:[- ]?[0-9A-Za-z]{4}){3})\Z"
        self.validators.append(RegexValidator(pattern, message="6 digits, or a recovery code."))


class GrantAnswer(serializers.Serializer[Any]):
    """Two tokens: the access token for every request, the refresh token for the next pair."""

    access_token = serializers.CharField()
    refresh_token = serializers.CharField()
    token_type = serializers.ChoiceField(choices=["Bearer"])
    expires_in = serializers.IntegerField(help_text="Seconds that the access token lives.")
    scope = serializers.CharField(
        required=False,
        help_text="Permissions that are all the access token carries, where a second factor is required and missing.",
    )
