"""Limits, live, in the admin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from apps.observability.domain.pulse_reading import CompanyRequests
from apps.operations.admin import limits
from apps.staff.domain import accounts
from apps.tenants.domain import limits as company_limits
from apps.tenants.domain.limits import Agreement
from tests import staff

if TYPE_CHECKING:
    from django.test import Client

    from tests.api import Api

BOARD = "/admin/boards/limits/"


@pytest.fixture
def browser(db: None, database: object) -> Client:
    return staff.signed_in(accounts.create(staff.EMAIL))


@pytest.fixture
def asked(acme: Api, rival: Api, monkeypatch: pytest.MonkeyPatch) -> list[CompanyRequests]:
    """Let one company use all that it may, and another a little; say who has asked, as the pulse does later."""
    company_limits.agree("rival", Agreement(quota=5, window_seconds=3600))
    for each in (acme, rival):
        for _ in range(6):
            each.get("/me")
    lately = [CompanyRequests(str(acme.company_id), 6, 0, 0), CompanyRequests(str(rival.company_id), 6, 1, 0, 2)]
    busiest = [*lately, CompanyRequests("other", 99, 0, 0)]
    monkeypatch.setattr(limits.observability_api, "busiest_companies", lambda: busiest)
    return lately


def test_who_uses_most_of_the_limits_stands_first(browser: Client, asked: list[CompanyRequests]) -> None:
    shown = browser.get(BOARD).content.decode()

    assert re.findall(r'data-label="Company"><a [^>]*>(\w+)<', shown) == ["rival", "acme"]
    assert re.findall(r'data-label="Used">(\d+)%<', shown)[0] == "100"
    assert re.findall(r'data-label="Quota left">([^<]*)<', shown)[0] == "0 of 5"
    assert re.findall(r'data-label="Shadowed">(\w+)<', shown) == ["2", "0"]


def test_whoever_was_refused_is_looked_at_before_whoever_asks_much(
    asked: list[CompanyRequests], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_LOOKED_AT", 1)

    assert limits._candidates() == [asked[1]]


def test_without_redis_the_page_says_so(browser: Client, asked: object, redis_away: object) -> None:
    page = browser.get(BOARD)

    assert page.status_code == 503
    assert "Redis does not answer" in page.content.decode()


def test_a_companys_page_shows_its_usage_and_without_redis_the_rest(
    browser: Client, acme: Api, request: pytest.FixtureRequest
) -> None:
    address = f"/admin/novapulse_tenants/company/{acme.company['id']}/change/"
    acme.post("/projects", {"key": "APP", "name": "App"})
    shown = browser.get(address).content.decode()
    assert re.search(r"Quota used</dt>\s*<dd[^>]*>\d+ of 1,200<", shown)
    assert re.search(r"Projects</dt>\s*<dd[^>]*>1<", shown)

    request.getfixturevalue("redis_away")
    without = browser.get(address).content.decode()
    assert "Redis does not answer" in without
    assert "owner@acme.example" in without
