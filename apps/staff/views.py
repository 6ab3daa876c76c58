"""The admin's site: how staff sign in, who is let in, and what stands round its pages."""

from __future__ import annotations

import logging
from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from unfold.forms import AuthenticationForm
from unfold.sites import UnfoldAdminSite
from unfold.widgets import BASE_INPUT_CLASSES

from apps.staff.domain import accounts, audited, lockout
from novapulse import context, log
from novapulse.web.admin import boards, parts
from novapulse.web.admin.enclosure import enclose
from novapulse.web.admin.reading import ReadingAdmin
from novapulse.web.client_ip import client_ip

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.http import HttpRequest
    from django.template.response import TemplateResponse
    from django.urls import URLPattern, URLResolver

_logger = logging.getLogger("novapulse.staff")

_REFUSAL = (
    "Address, password and code do not fit together, or there were too many tries: then wait a quarter of an hour."
)


class SignInForm(AuthenticationForm):
    """Asks for everything at once and refuses in the same words whatever is wrong: nobody learns what was right."""

    code = forms.CharField(
        label="Code of your authenticator",
        max_length=6,
        required=False,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "class": " ".join(BASE_INPUT_CLASSES),
            }
        ),
    )

    def __init__(self, request: HttpRequest | None = None, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Django's signature
        """Name the fields as staff know them."""
        super().__init__(request, *args, **kwargs)
        self.fields["username"].label = "E-mail address"

    def clean(self) -> dict[str, Any]:
        """Take a try from the lock, then compare, and write down what came of it; raises ValidationError."""
        given: dict[str, Any] = self.cleaned_data
        account, address = given.get("username") or "", client_ip(self.request)
        if not lockout.spend(account=account, address=address):
            self._refuse(why="locked")
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            self._refuse(why="password")
        user: User = self.get_user()
        if user is None or not _is_them(user, code=given.get("code") or ""):
            self._refuse(why="code")
        lockout.forgive(account=account, address=address)
        audited.note_signed_in(user.username)
        log.event(_logger, "staff.signed_in", by=user.username)
        return cleaned

    def _refuse(self, *, why: str) -> NoReturn:
        log.event(_logger, "staff.sign_in_refused", level=logging.WARNING, why=why)
        audited.note_refused(why=why)
        raise ValidationError(_REFUSAL, code="invalid_login") from None


def _is_them(user: User, *, code: str) -> bool:
    if not accounts.has_second_factor(user):
        return not settings.ADMIN_REQUIRES_SECOND_FACTOR
    return accounts.verify(user, code=code)


class PlatformAdmin(UnfoldAdminSite):
    """Django's admin for the people who run the platform.

    Fails closed: without PostgreSQL, where staff and their sessions are, every page is a 503.
    """

    login_form = SignInForm
    login_template = "staff/sign_in.html"
    index_template = "staff/home.html"
    index_title = "Start"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:  # noqa: ANN401  Django's signature
        """Take our own pages alone: those that libraries bring along write by forms, and show secrets."""
        if admin_class is not None and issubclass(admin_class, ReadingAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Give the routes, each in the enclosure."""
        return enclose([*parts.routes(self), *boards.routes(self), *super().get_urls()])

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show the start page, which asks for its parts by itself."""
        return super().index(request, {**(extra_context or {}), "parts": parts.known(self)})  # type: ignore[no-any-return]  # Unfold has no types

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:  # noqa: FBT001, FBT002  Django's signature
        """Give the view for those who are let in, who then are the operator of what it does: so the audit has it."""

        @wraps(view)
        def page(request: HttpRequest, *args: object, **kwargs: object) -> Any:  # noqa: ANN401  whatever the view gives
            trail = context.trail()
            if trail is not None:
                trail.operator = request.user.get_username()
            try:
                return view(request, *args, **kwargs)
            except PermissionDenied:
                match = request.resolver_match
                audited.note_denied(f"{request.method} /{match.route if match else ''}")
                raise

        return super().admin_view(page, cacheable)  # type: ignore[no-any-return]  # Unfold has no types

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in active staff who have shown their second factor, where one is required or theirs."""
        user: Any = request.user
        if not (user.is_active and user.is_staff):
            return False
        if user.is_verified():
            return True
        return not settings.ADMIN_REQUIRES_SECOND_FACTOR and not accounts.has_second_factor(user)
