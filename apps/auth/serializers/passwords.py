"""What the routes of passwords read."""

from __future__ import annotations

from apps.auth import conf
from apps.auth.serializers.credentials import Email, NewPassword, Password
from novapulse.web import fields
from novapulse.web.contract import Contract


class PasswordChange(Contract):
    """The password that one has, and the one that one wants."""

    current_password = Password()
    new_password = NewPassword()


class PasswordForgotten(Contract):
    """Whose password is forgotten."""

    email = Email()


class PasswordReset(Contract):
    """The token of the mail, and the password to be set."""

    token = fields.Text(max_length=conf.RESET_TOKEN_MAX_LENGTH)
    new_password = NewPassword()
