"""Endpoints that fail are disabled, and their owners are told: theirs alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from django.core import mail

from apps.webhooks import conf
from apps.webhooks.domain import failures
from novapulse.tasks import Retry
from novapulse.tenancy import scope
from tests import faults
from tests.receivers import in_turn, receiver, says

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database
    from pytest_django.fixtures import SettingsWrapper

    from tests.api import Api

    Worker = Callable[[], list[Any]]


def tried(acme: Api, webhook: dict[str, Any], worker: Worker, *, times: int) -> dict[str, Any]:
    """Send tests one after the other; give the webhook as it is then."""
    for _ in range(times):
        acme.post(f"/webhooks/{webhook['id']}:test")
        worker()
    return dict(acme.get(f"/webhooks/{webhook['id']}").json())


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let three failures be too many."""
    monkeypatch.setattr(conf, "FAILURES_MOST", 3)


@pytest.mark.usefixtures("three")
def test_too_many_failures_in_a_row_disable_a_webhook_and_its_owners_are_told_once(
    acme: Api, rival: Api, worker: Worker, new_webhook: Callable[..., Any], new_member: Callable[..., Api]
) -> None:
    new_member(acme, "admin")
    mail.outbox.clear()
    with receiver(says(404)) as there:
        theirs = rival.post("/webhooks", {"url": there.url}).json()
        webhook = new_webhook(url=there.url)
        before = tried(acme, webhook, worker, times=2)
        after = tried(acme, webhook, worker, times=1)
        refused = acme.post(f"/webhooks/{webhook['id']}:test")

    assert (before["status"], after["status"], after["disabled_reason"]) == ("active", "disabled", "failing")
    assert (refused.status_code, refused.json()["code"]) == (409, "webhook-disabled")
    (letter,) = mail.outbox
    assert (letter.to, webhook["id"] in letter.body, there.url in letter.body) == (["owner@acme.example"], True, True)
    assert rival.get(f"/webhooks/{theirs['id']}").json()["status"] == "active"


def test_one_that_goes_well_begins_the_count_anew(
    acme: Api, worker: Worker, three: None, new_webhook: Callable[..., Any]
) -> None:
    with receiver(in_turn(says(404), says(404), says(200), says(404), says(404), says(404))) as there:
        webhook = new_webhook(url=there.url)
        before = tried(acme, webhook, worker, times=5)
        after = tried(acme, webhook, worker, times=1)

    assert (before["status"], after["status"]) == ("active", "disabled")


def test_a_receiver_that_says_it_is_gone_is_believed_at_once(
    acme: Api, worker: Worker, new_webhook: Callable[..., Any]
) -> None:
    mail.outbox.clear()
    with receiver(says(410)) as there:
        webhook = tried(acme, new_webhook(url=there.url), worker, times=1)

    assert (webhook["status"], webhook["disabled_reason"], webhook["version"]) == ("disabled", "gone", 2)
    assert [letter.to for letter in mail.outbox] == [["owner@acme.example"]]


def test_an_owner_who_has_made_it_active_again_is_not_told(acme: Api, new_webhook: Callable[..., Any]) -> None:
    webhook = new_webhook()
    mail.outbox.clear()
    with scope.company(acme.company_id, location="DE"):
        failures.tell_owners(ObjectId(webhook["id"]))

    assert mail.outbox == []


def test_a_mail_that_cannot_be_sent_is_tried_again(
    acme: Api, new_webhook: Callable[..., Any], database: Database[dict[str, Any]], settings: SettingsWrapper
) -> None:
    webhook = ObjectId(new_webhook()["id"])
    database.webhook_endpoints.update_one({"_id": webhook}, {"$set": {"disabled_reason": "gone"}})
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = faults.refusing_port()

    with scope.company(acme.company_id, location="DE"), pytest.raises(Retry, match="ConnectionRefusedError"):
        failures.tell_owners(webhook)
