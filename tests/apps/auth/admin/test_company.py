"""What a company's page shows of its members, and the end of their sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from apps.staff.domain import accounts
from tests import staff
from tests.api import Api

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client


@pytest.fixture
def browser(db: None) -> Client:
    return staff.signed_in(accounts.create(staff.EMAIL))


def company(of: Api) -> str:
    return f"/admin/novapulse_tenants/company/{of.company['id']}"


def test_a_companys_page_shows_its_members(
    browser: Client, acme: Api, rival: Api, new_member: Callable[..., Api]
) -> None:
    new_member(acme, "viewer")
    shown = browser.get(f"{company(acme)}/change/").content.decode()

    assert "owner@acme.example" in shown
    assert "viewer@acme.example" in shown
    assert "owner@rival.example" not in shown
    assert "/admin/novapulse_auth/member/?company=acme" in shown


def test_all_sessions_of_a_company_are_ended_and_its_people_may_come_again(
    browser: Client, acme: Api, rival: Api
) -> None:
    done = browser.post(f"{company(acme)}/end_all_sessions/", {"reason": "a leak"}, follow=True).content.decode()

    assert "1 sessions of Acme (acme) have ended" in done
    assert (acme.get("/me").status_code, rival.get("/me").status_code) == (401, 200)
    assert Api().post("/auth/refresh", {"refresh_token": acme.refresh_token}).status_code == 401


def test_who_may_only_look_ends_nothing(db: None, acme: Api) -> None:
    reader = staff.signed_in(accounts.create_reader(staff.EMAIL))

    assert "end_all_sessions" not in reader.get(f"{company(acme)}/change/").content.decode()
    assert reader.post(f"{company(acme)}/end_all_sessions/", {"reason": "a try"}).status_code == 403
