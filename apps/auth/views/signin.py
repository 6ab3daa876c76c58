"""Signing up, in, on, over and out."""
# ruff: noqa: ARG002  every handler is given the request

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.auth import conf
from apps.auth.domain import profile, refresh_tokens, sessions, signin, signup
from apps.auth.domain.signin import Credentials
from apps.auth.domain.signup import Application
from apps.auth.errors import (
    CompanyChoice,
    CompanySuspended,
    EmailTaken,
    InvalidCredentials,
    InvalidRefreshToken,
    OtpRequired,
    PasswordRefused,
)
from apps.auth.serializers.credentials import GrantAnswer
from apps.auth.serializers.signin import Login, Refresh, Signup, SignupAnswer, Switch
from apps.auth.views import grants, limits
from apps.tenants import api as tenants_api
from apps.tenants.errors import SlugTaken
from novapulse import context
from novapulse.errors import NotFound, Overloaded, TooMany
from novapulse.web import rendering
from novapulse.web.cost import Cost
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class SignupView(ApiView):
    """The one route that says whether an address or a slug is taken, and therefore slow to ask."""

    authentication_classes = ()
    operations = {
        "POST": Operation(
            "Found a company and become its owner",
            None,
            answer=SignupAnswer,
            status=201,
            body=Signup,
            issues_credential=True,
            problems=(PasswordRefused, EmailTaken, SlugTaken, TooMany, Overloaded),
        )
    }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Found it."""
        application = Application(**self.body)
        limits.by_address(request, group="signup", rate=conf.SIGNUP_BY_ADDRESS)
        limits.by_account(request, group="signup", rate=conf.SIGNUP_BY_ACCOUNT, email=application.email)
        founded, grant = signup.sign_up(application, device=grants.device_of(request))
        besides = {
            "company": tenants_api.present(founded.company),
            "user": profile.present_owner(founded.owner, membership=founded.membership),
        }
        return grants.answer(grant, status=201, besides=besides)


class LoginView(ApiView):
    """Says nothing about whether an address has an account."""

    authentication_classes = ()
    operations = {
        "POST": Operation(
            "Sign in",
            None,
            answer=GrantAnswer,
            body=Login,
            issues_credential=True,
            problems=(InvalidCredentials, OtpRequired, CompanyChoice, CompanySuspended, TooMany, Overloaded),
        )
    }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Sign in; `otp` is passed over where the account has no second factor."""
        email = self.body["email"]
        limits.by_address(request, group="login", rate=conf.LOGIN_BY_ADDRESS)
        limits.by_account(request, group="login", rate=conf.LOGIN_BY_ACCOUNT, email=email)
        body = self.body
        credentials = Credentials(email, body["password"], body.get("company_slug"), body.get("otp"))
        return grants.answer(signin.log_in(credentials, device=grants.device_of(request)))


class RefreshView(ApiView):
    """Rotates a refresh token; a retry within a minute gets the same successor."""

    authentication_classes = ()
    operations = {
        "POST": Operation(
            "Get a new access token",
            None,
            answer=GrantAnswer,
            body=Refresh,
            issues_credential=True,
            problems=(InvalidRefreshToken, CompanySuspended, TooMany),
        )
    }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Rotate."""
        limits.by_address(request, group="refresh", rate=conf.REFRESH_BY_ADDRESS)
        presented = refresh_tokens.read(self.body["refresh_token"])
        limits.by_token(request, group="refresh", rate=conf.REFRESH_BY_TOKEN, token=presented.text)
        return grants.answer(signin.refresh(presented))


class LogoutView(ApiView):
    """Ends the session of the access token: its tokens are refused everywhere, within a second."""

    operations = {"POST": Operation("Sign out", "sessions.delete", cost=Cost.WRITE, status=204)}

    def post(self, request: HttpRequest) -> HttpResponse:
        """End it; once more changes nothing."""
        sessions.end(context.principal().credential_id, reason="logout")
        return rendering.nothing()


class SwitchView(ApiView):
    """Starts a session in another company of the same person."""

    operations = {
        "POST": Operation(
            "Go on in another of your companies",
            "sessions.create",
            cost=Cost.WRITE,
            answer=GrantAnswer,
            body=Switch,
            issues_credential=True,
            problems=(NotFound, CompanySuspended),
        )
    }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Start it."""
        slug = self.body["company_slug"]
        grant = signin.switch(context.principal(), company_slug=slug, device=grants.device_of(request))
        return grants.answer(grant)
