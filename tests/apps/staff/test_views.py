"""Who is let into the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.staff import conf
from apps.staff.domain import accounts
from tests import staff

if TYPE_CHECKING:
    from apps.staff.domain.accounts import SignIn
    from tests.api import Api


@pytest.fixture
def ada(db: None) -> SignIn:
    return accounts.create(staff.EMAIL)


def is_let_in(browser: Client) -> bool:
    return browser.get("/admin/").status_code == 200


def test_password_and_code_open_the_admin(ada: SignIn) -> None:
    assert is_let_in(staff.signed_in(ada))


@pytest.mark.parametrize(
    "wrong",
    [{"password": "a guess"}, {"code": "000000"}, {"username": "bob@novapulse.example"}, {"code": " "}],
)
def test_whatever_is_wrong_the_words_are_the_same(ada: SignIn, wrong: dict[str, str]) -> None:
    browser = Client()
    page = staff.try_to_sign_in(browser, ada, **wrong).content.decode()

    assert "Address, password and code do not fit" in page
    assert not is_let_in(browser)


def test_after_too_many_tries_what_is_right_opens_nothing_either(ada: SignIn) -> None:
    browser = Client()
    for _ in range(conf.TRIES_OF_ACCOUNT):
        staff.try_to_sign_in(browser, ada, password="a guess")

    assert staff.try_to_sign_in(browser, ada).status_code == 200
    assert not is_let_in(browser)


def test_a_session_ends_with_the_account_and_with_its_password(ada: SignIn) -> None:
    browser = staff.signed_in(ada)
    accounts.deactivate(ada.email)
    assert not is_let_in(browser)

    accounts.reactivate(ada.email)
    assert is_let_in(browser)
    accounts.reset(ada.email)
    assert not is_let_in(browser)


def test_without_a_second_factor_nobody_is_let_in_where_it_is_required(db: None, settings: Any) -> None:
    demo = accounts.create_with_password_alone("demo@novapulse.example")
    browser = staff.signed_in(demo)
    assert is_let_in(browser)

    settings.ADMIN_REQUIRES_SECOND_FACTOR = True
    assert not is_let_in(browser)
    assert staff.try_to_sign_in(Client(), demo).status_code == 200


def test_a_session_from_before_the_second_factor_ends_with_its_enrolment(db: None) -> None:
    demo = accounts.create_with_password_alone("demo@novapulse.example")
    browser = staff.signed_in(demo)
    TOTPDevice.objects.create(user=User.objects.get(username=demo.email), confirmed=True)

    assert not is_let_in(browser)


def test_a_user_who_is_no_staff_is_not_let_in(ada: SignIn) -> None:
    browser = staff.signed_in(ada)
    User.objects.update(is_staff=False)

    assert not is_let_in(browser)


def test_a_token_of_the_api_opens_no_admin(db: None, acme: Api) -> None:
    browser = Client(headers={"Authorization": f"Bearer {acme.token}"})

    assert not is_let_in(browser)


def test_a_form_from_elsewhere_is_refused(ada: SignIn) -> None:
    browser = Client(enforce_csrf_checks=True)

    assert staff.try_to_sign_in(browser, ada).status_code == 403


def test_the_cookie_stays_on_the_admins_paths(ada: SignIn, settings: Any) -> None:
    cookie = staff.signed_in(ada).cookies[settings.SESSION_COOKIE_NAME]

    assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == ("/admin/", "Strict", True)


def test_only_pages_of_ours_are_shown() -> None:
    shown = {model._meta.label for model in admin.site._registry}

    assert {label for label in shown if not label.startswith("novapulse_")} == set()
