"""The routes of deliveries, as a client meets them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests import queues

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api import Api
    from tests.receivers import Receiver


def test_a_test_is_sent_and_listed(acme: Api, there: Receiver, new_webhook: Callable[..., Any]) -> None:
    webhook = new_webhook(url=there.url)

    sent = acme.post(f"/webhooks/{webhook['id']}:test")
    queues.drain()
    listed = acme.get(f"/webhooks/{webhook['id']}/deliveries?status=delivered").json()

    assert (sent.status_code, sent.json()["event_type"], sent.json()["status"]) == (202, "webhook.test", "pending")
    (delivery,) = listed["data"]
    assert (delivery["id"], delivery["webhook_id"]) == (sent.json()["id"], webhook["id"])
    assert set(delivery["attempts"][0]) == {"at", "status", "ms", "error", "response"}
    assert acme.get(f"/webhooks/{webhook['id']}/deliveries?status=pending,failed").json()["data"] == []


def test_a_test_with_a_key_is_sent_once(acme: Api, there: Receiver, new_webhook: Callable[..., Any]) -> None:
    path = f"/webhooks/{new_webhook(url=there.url)['id']}:test"

    first, second = (acme.post(path, Idempotency_Key="once") for _ in range(2))
    queues.drain()

    assert (first.json(), second["Idempotency-Replayed"], len(there.requests)) == (second.json(), "true", 1)


def test_deliveries_are_replayed_by_ids_or_by_time(acme: Api, there: Receiver, new_webhook: Callable[..., Any]) -> None:
    path = f"/webhooks/{new_webhook(url=there.url)['id']}"
    delivery = acme.post(f"{path}:test").json()

    by_id = acme.post(f"{path}/deliveries:replay", {"ids": [delivery["id"]]})
    by_time = acme.post(f"{path}/deliveries:replay", {"created_after": delivery["created_at"], "status": "pending"})

    assert (by_id.status_code, by_id.json(), by_time.json()) == (202, {"replayed": 1}, {"replayed": 2})


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/created_after"),
        ({"status": "failed"}, "/created_after"),
        ({"ids": []}, "/ids"),
        ({"ids": ["0" * 24], "created_after": "2026-01-01T00:00:00Z"}, "/ids"),
        ({"ids": "0" * 24}, "/ids"),
        ({"created_after": "yesterday"}, "/created_after"),
        ({"created_after": "2026-01-01T00:00:00Z", "status": "lost"}, "/status"),
    ],
)
def test_a_replay_says_what_it_wants(
    acme: Api, new_webhook: Callable[..., Any], body: dict[str, Any], pointer: str
) -> None:
    response = acme.post(f"/webhooks/{new_webhook()['id']}/deliveries:replay", body)

    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, pointer)


def test_a_delivery_of_a_rival_is_neither_listed_nor_replayed(
    acme: Api, rival: Api, there: Receiver, new_webhook: Callable[..., Any]
) -> None:
    own = new_webhook(url=there.url)
    theirs = rival.post("/webhooks", {"url": there.url}).json()
    delivery = rival.post(f"/webhooks/{theirs['id']}:test").json()

    listed = acme.get(f"/webhooks/{own['id']}/deliveries").json()["data"]
    replayed = acme.post(f"/webhooks/{own['id']}/deliveries:replay", {"ids": [delivery["id"]]})

    assert (listed, replayed.status_code) == ([], 404)
    assert len(rival.get(f"/webhooks/{theirs['id']}/deliveries").json()["data"]) == 1
