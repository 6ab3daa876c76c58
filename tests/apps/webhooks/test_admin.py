"""Webhooks in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from apps.staff.domain import accounts
from tests import staff

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from tests.api import Api

WEBHOOKS = "/admin/novapulse_webhooks"


@pytest.fixture
def browser(db: None) -> Client:
    return staff.signed_in(accounts.create(staff.EMAIL))


@pytest.fixture
def delivery(acme: Api, new_webhook: Callable[..., dict[str, Any]], theirs: object) -> dict[str, Any]:
    """Give a delivery that is under way."""
    return dict(acme.post(f"/webhooks/{new_webhook()['id']}:test").json())


def test_endpoints_are_shown_without_their_secrets(browser: Client, delivery: dict[str, Any]) -> None:
    listed = browser.get(f"{WEBHOOKS}/endpoint/?company=acme").content.decode()
    shown = browser.get(f"{WEBHOOKS}/endpoint/{delivery['webhook_id']}/change/").content.decode()

    assert "https://hooks.example.com/in" in listed
    assert "https://hooks.example.com/in" in shown
    assert "secret" not in shown.lower()


def test_a_delivery_is_made_again(browser: Client, acme: Api, delivery: dict[str, Any]) -> None:
    listed = browser.get(f"{WEBHOOKS}/delivery/?company=acme").content.decode()
    again = f"{WEBHOOKS}/delivery/{delivery['id']}/replay/"
    done = browser.post(again, {"reason": "Their server was down."}, follow=True).content.decode()
    rows = acme.get(f"/webhooks/{delivery['webhook_id']}/deliveries").json()["data"]

    assert "webhook.test" in listed
    assert "https://hooks.example.com/in" in listed
    assert "is being delivered again" in done
    assert [row["replay_of"] for row in rows] == [delivery["id"], None]


def test_what_the_domain_refuses_is_said(browser: Client, acme: Api, delivery: dict[str, Any]) -> None:
    webhook = acme.get(f"/webhooks/{delivery['webhook_id']}").json()
    acme.patch(f"/webhooks/{webhook['id']}", {"status": "disabled"}, version=webhook["version"])
    browser.get(f"{WEBHOOKS}/delivery/?company=acme")
    page = browser.post(f"{WEBHOOKS}/delivery/{delivery['id']}/replay/", {"reason": "a try"}).content.decode()

    assert "disabled" in page
    assert len(acme.get(f"/webhooks/{webhook['id']}/deliveries").json()["data"]) == 1


def test_a_delivery_of_another_company_is_not_found(browser: Client, delivery: dict[str, Any]) -> None:
    browser.get(f"{WEBHOOKS}/delivery/?company=rival")

    assert browser.post(f"{WEBHOOKS}/delivery/{delivery['id']}/replay/", {"reason": "a try"}).status_code == 404


def test_who_looked_at_an_endpoint_is_found_by_its_id(browser: Client, acme: Api, delivery: dict[str, Any]) -> None:
    browser.get(f"{WEBHOOKS}/endpoint/{delivery['webhook_id']}/change/?company=acme")
    found = acme.get(f"/audit-events?action=operator.read&target_id={delivery['webhook_id']}").json()["data"]

    assert [each["target"]["type"] for each in found] == ["endpoint"]


def test_the_deliveries_of_a_time_are_made_again(browser: Client, acme: Api, delivery: dict[str, Any]) -> None:
    browser.get(f"{WEBHOOKS}/endpoint/?company=acme")
    page = f"{WEBHOOKS}/endpoint/{delivery['webhook_id']}/replay/"

    def replayed(**given: str) -> str:
        return browser.post(page, {"reason": "It was down.", **given}, follow=True).content.decode()

    assert "0 deliveries to" in replayed(since="2020-01-01 00:00", failed_alone="on")  # it is under way
    assert "0 deliveries to" in replayed(since="2020-01-01 00:00", until="2020-01-02 00:00")
    assert "1 deliveries to" in replayed(since="2020-01-01 00:00")
    assert "Enter a valid date/time" in replayed(since="yesterday")
    told = acme.get("/audit-events?action=webhook.deliveries_replayed").json()["data"]
    assert told[0]["reason"] == "It was down."
