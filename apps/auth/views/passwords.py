"""Changing a password, and setting one that was forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.auth import conf
from apps.auth.domain import password_change, password_reset
from apps.auth.domain.password_change import PasswordChange
from apps.auth.errors import AccountChanged, CompanySuspended, PasswordRefused, ResetNotValid, WrongPassword
from apps.auth.serializers import passwords as serializers
from apps.auth.serializers.credentials import GrantAnswer
from apps.auth.views import grants, limits
from novapulse import context
from novapulse.errors import Overloaded, TooMany
from novapulse.web import rendering
from novapulse.web.cost import Cost
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class ChangePasswordView(ApiView):
    """Ends every session and access token of whoever asks, and starts one session anew."""

    operations = {
        "POST": Operation(
            "Change your password",
            "passwords.update",
            cost=Cost.WRITE,
            answer=GrantAnswer,
            body=serializers.PasswordChange,
            issues_credential=True,
            problems=(WrongPassword, PasswordRefused, AccountChanged, CompanySuspended, TooMany, Overloaded),
        )
    }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Change it, and answer with the tokens of the new session."""
        principal = context.principal()
        limits.by_person(
            request, group="password.change", rate=conf.CHANGE_BY_PERSON, identity_id=principal.identity_id
        )
        wanted = PasswordChange(self.body["current_password"], self.body["new_password"])
        return grants.answer(password_change.change(wanted, principal=principal, device=grants.device_of(request)))


class ForgotPasswordView(ApiView):
    """Says nothing about whether an address has an account."""

    authentication_classes = ()
    operations = {
        "POST": Operation(
            "Have a token mailed that resets your password",
            None,
            status=204,
            body=serializers.PasswordForgotten,
            problems=(TooMany,),
        )
    }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take note; what comes of it, the mail tells."""
        email = self.body["email"]
        limits.by_address(request, group="password.forgot", rate=conf.FORGOT_BY_ADDRESS)
        limits.by_mailbox(request, group="password.forgot", rate=conf.FORGOT_BY_MAILBOX, email=email)
        password_reset.ask(email)
        return rendering.nothing()


class ResetPasswordView(ApiView):
    """Ends every session and access token of the account, and signs nobody in."""

    authentication_classes = ()
    operations = {
        "POST": Operation(
            "Set a password with the token of the mail",
            None,
            status=204,
            body=serializers.PasswordReset,
            problems=(ResetNotValid, PasswordRefused, TooMany, Overloaded),
        )
    }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Set it."""
        token = self.body["token"]
        limits.by_address(request, group="password.reset", rate=conf.RESET_BY_ADDRESS)
        limits.by_token(request, group="password.reset", rate=conf.RESET_BY_TOKEN, token=token)
        password_reset.reset(token, password=self.body["new_password"])
        return rendering.nothing()
