"""Deliveries from the first attempt to the last, run by the tasks of a worker."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks import Webhook

from apps.webhooks import conf
from novapulse import clock
from novapulse.queues.settle import Outcome
from tests import faults, queues
from tests.receivers import in_turn, receiver, says

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database
    from pytest_django.fixtures import SettingsWrapper

    from tests.api import Api

    Worker = Callable[[], list[Outcome]]

NO_TIME = timedelta()


def delivery(api: Api, webhook: dict[str, Any]) -> dict[str, Any]:
    """Give the newest delivery of a webhook."""
    return dict(api.get(f"/webhooks/{webhook['id']}/deliveries").json()["data"][0])


def test_a_change_arrives_signed_under_the_id_of_its_event(
    acme: Api, worker: Worker, new_webhook: Callable[..., dict[str, Any]]
) -> None:
    with receiver(says(204)) as there:
        webhook = new_webhook(url=there.url)
        project = acme.post("/projects", {"key": "APP", "name": "App"}).json()
        worker()

    (request,) = there.requests
    made = delivery(acme, webhook)
    told: Any = Webhook(webhook["secret"]).verify(request.body, request.headers)
    assert (told["type"], told["data"], set(told)) == ("project.created", project, {"type", "timestamp", "data"})
    assert (made["status"], made["event_id"]) == ("delivered", request.headers["webhook-id"])
    assert [attempt["status"] for attempt in made["attempts"]] == [204]
    assert made["settled_at"] is not None


def test_a_receiver_that_is_well_again_gets_the_event_under_the_same_id(
    acme: Api, worker: Worker, new_webhook: Callable[..., dict[str, Any]]
) -> None:
    with receiver(in_turn(says(503), says(500), says(200))) as there:
        webhook = new_webhook(url=there.url)
        acme.post(f"/webhooks/{webhook['id']}:test")
        outcomes = worker()

    made = delivery(acme, webhook)
    assert outcomes.count(Outcome.RETRIED) == 2
    assert (made["status"], [attempt["status"] for attempt in made["attempts"]]) == ("delivered", [503, 500, 200])
    assert len({request.headers["webhook-id"] for request in there.requests}) == 1
    assert len({request.body for request in there.requests}) == 1


def test_a_receiver_that_stays_away_is_tried_by_the_schedule_for_a_day(
    acme: Api, worker: Worker, new_webhook: Callable[..., dict[str, Any]]
) -> None:
    with receiver(says(503)) as there:
        webhook = new_webhook(url=there.url)
        acme.post(f"/webhooks/{webhook['id']}:test")
        worker()  # what is waited for up to a quarter of an hour is shown at once
        counts = [len(there.requests)]
        for place in range(4, len(conf.SCHEDULE) + 1):
            with clock.shifted(sum(conf.SCHEDULE[3:place], NO_TIME) * 1.06):
                worker()
            counts.append(len(there.requests))

    made = delivery(acme, webhook)
    assert counts == [4, 5, 6, 7, 8, 9]
    assert (made["status"], made["next_attempt_at"], len(made["attempts"])) == ("failed", None, 9)
    assert sum(conf.SCHEDULE, NO_TIME) == timedelta(hours=23, minutes=56, seconds=5)


def test_the_next_attempt_is_when_the_receiver_has_asked_for_it(
    acme: Api, worker: Worker, new_webhook: Callable[..., dict[str, Any]], database: Database[dict[str, Any]]
) -> None:
    with receiver(says(429, Retry_After="7200")) as there:
        webhook = new_webhook(url=there.url)
        acme.post(f"/webhooks/{webhook['id']}:test")
        worker()

    (document,) = database.webhook_deliveries.find()
    wait = document["next_attempt_at"] - document["attempts"][0]["at"]
    assert (len(there.requests), document["status"]) == (1, "pending")
    assert timedelta(hours=2) <= wait < timedelta(hours=2, minutes=5)


@pytest.mark.parametrize("status", [302, 404])
def test_what_will_never_go_well_fails_at_once(
    acme: Api, worker: Worker, new_webhook: Callable[..., dict[str, Any]], status: int
) -> None:
    with receiver(says(status, Location="http://127.0.0.1:9/")) as there:
        webhook = new_webhook(url=there.url)
        acme.post(f"/webhooks/{webhook['id']}:test")
        worker()

    assert (delivery(acme, webhook)["status"], len(there.requests)) == ("failed", 1)


def test_what_leads_inside_by_now_is_not_sent(
    acme: Api, worker: Worker, new_webhook: Callable[..., dict[str, Any]], settings: SettingsWrapper
) -> None:
    with receiver(says(200)) as there:
        webhook = new_webhook(url=there.url)
        settings.WEBHOOK_DESTINATIONS = type(settings.WEBHOOK_DESTINATIONS)(schemes=("http",))
        acme.post(f"/webhooks/{webhook['id']}:test")
        worker()

    made = delivery(acme, webhook)
    assert (made["status"], made["attempts"][0]["error"], there.requests) == ("failed", "destination-refused", [])


def test_what_is_on_its_way_to_a_disabled_or_deleted_webhook_is_cancelled(
    acme: Api, worker: Worker, new_webhook: Callable[..., dict[str, Any]], database: Database[dict[str, Any]]
) -> None:
    with receiver(says(200)) as there:
        disabled, deleted = (new_webhook(url=there.url) for _ in range(2))
        for webhook in (disabled, deleted):
            acme.post(f"/webhooks/{webhook['id']}:test")
        acme.patch(f"/webhooks/{disabled['id']}", {"status": "disabled"}, version=1)
        acme.delete(f"/webhooks/{deleted['id']}", version=1)
        worker()

    assert there.requests == []
    assert [document["status"] for document in database.webhook_deliveries.find()] == ["cancelled"] * 2


def test_a_receiver_that_is_left_alone_costs_no_attempt(
    acme: Api, worker: Worker, new_webhook: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five that nobody answers open the breaker; the sixth waits without having been tried, and is given up in time."""
    webhook = new_webhook(url=f"http://127.0.0.1:{faults.refusing_port()}/")
    monkeypatch.setattr(conf, "SCHEDULE", (timedelta(hours=1),))
    for _ in range(6):
        acme.post(f"/webhooks/{webhook['id']}:test")
    monkeypatch.setattr(conf, "GIVEN_UP_AFTER", NO_TIME)
    worker()

    found = acme.get(f"/webhooks/{webhook['id']}/deliveries").json()["data"]
    errors = sorted(each["attempts"][0]["error"] for each in found)
    assert errors == [*["connection-refused"] * 5, "given-up"]
    assert sorted(each["status"] for each in found) == ["failed", *["pending"] * 5]


def test_a_delivery_that_workers_die_of_shows_that_it_failed_and_is_made_when_it_is_redriven(
    acme: Api, worker: Worker, new_webhook: Callable[..., dict[str, Any]], database: Database[dict[str, Any]]
) -> None:
    with receiver(says(204)) as there:
        webhook = new_webhook(url=there.url)
        acme.post(f"/webhooks/{webhook['id']}:test")
        queues.publish()
        (beginning,) = queues.received()
        queues.settle.handle(beginning, desk=queues.DESK)
        queues.poison()
        assert worker() == [Outcome.DEAD]
        failed = delivery(acme, webhook)
        assert queues.redrive() == 1
        assert worker() == [Outcome.DONE]

    made = delivery(acme, webhook)
    assert (failed["status"], [attempt["error"] for attempt in failed["attempts"]]) == ("failed", ["poison"])
    assert (made["status"], [attempt["status"] for attempt in made["attempts"]]) == ("delivered", [None, 204])
    assert database.webhook_endpoints.find_one({})["failures"] == 0  # type: ignore[index]  # it is there
    assert len(there.requests) == 1


def test_a_delivery_whose_beginning_workers_die_of_shows_it_likewise(
    acme: Api, worker: Worker, new_webhook: Callable[..., dict[str, Any]]
) -> None:
    with receiver(says(204)) as there:
        webhook = new_webhook(url=there.url)
        acme.post(f"/webhooks/{webhook['id']}:test")
        queues.poison()
        assert worker() == [Outcome.DEAD]
        assert delivery(acme, webhook)["status"] == "failed"
        queues.redrive()
        worker()

    assert delivery(acme, webhook)["status"] == "delivered"
