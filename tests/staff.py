"""Members of staff in their browsers, for tests of the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pyotp

from tests.api import new_client

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from apps.staff.domain.accounts import SignIn

EMAIL = "ada@novapulse.example"
SIGN_IN = "/admin/login/"


def code_of(sign_in: SignIn) -> str:
    """Give what the authenticator shows now."""
    secret = parse_qs(urlsplit(sign_in.otpauth).query)["secret"][0]
    return pyotp.TOTP(secret).now()


def signed_in(sign_in: SignIn) -> Client:
    """Give a browser in which somebody has signed in."""
    browser = new_client()
    answer = try_to_sign_in(browser, sign_in)
    assert answer.status_code == 302, answer.content
    return browser


def try_to_sign_in(browser: Client, sign_in: SignIn, **given: str) -> HttpResponse:
    """Fill the form in, with what is given in place of what is right."""
    code = given.pop("code", None) or (code_of(sign_in) if sign_in.otpauth else "")
    form: dict[str, Any] = {"username": sign_in.email, "password": sign_in.password, "code": code, **given}
    return browser.post(SIGN_IN, form)
