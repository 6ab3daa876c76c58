"""Making a delivery: one attempt per run of its task, until it is delivered, failed or cancelled.

1. What is not pending is done; what has no active endpoint any more is cancelled.
2. The request goes through the endpoint's guard. Where its room is full or its breaker open, the delivery comes back
   later without having been tried.
3. What came of it is noted with the attempt. "Later" comes back by the schedule, or when the receiver has asked for
   it; anything else is settled, together with what it means for the endpoint, exactly once.

A worker that dies between the request and the note sends again: receivers know an event by its `webhook-id`.
"""

from __future__ import annotations

import random
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pymongo import ReturnDocument

from apps.webhooks import conf
from apps.webhooks.documents import WebhookDelivery, WebhookEndpoint, WebhookEvent
from apps.webhooks.domain import failures, sending
from apps.webhooks.domain.receivers import receivers
from apps.webhooks.domain.sending import Attempt, Sick, Verdict
from apps.webhooks.enums import DeliveryStatus, DisabledReason, EndpointStatus
from novapulse import clock
from novapulse.errors import Unavailable
from novapulse.tasks import Retry, Snooze, once

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bson import ObjectId

Document = dict[str, Any]

_PENDING: Final = DeliveryStatus.PENDING.value
_SETTLED: Final = {
    Verdict.DELIVERED: DeliveryStatus.DELIVERED,
    Verdict.LATER: DeliveryStatus.FAILED,  # where there is no later any more
    Verdict.NEVER: DeliveryStatus.FAILED,
    Verdict.GONE: DeliveryStatus.FAILED,
}
_BUSY_SECONDS: Final = 5.0  # until a full room is tried again, at the least
_chance: Final = random.SystemRandom()


def deliver(delivery_id: ObjectId) -> None:
    """Make an attempt at a delivery, as the task that runs here.

    Raises Retry and Snooze, which tell the worker when to come back.
    """
    delivery = WebhookDelivery.collection().find_one({"_id": delivery_id})
    if delivery is not None and delivery.get("is_dead"):
        delivery = _revived(delivery_id)
    if delivery is None or delivery["status"] != _PENDING:
        return
    endpoint = WebhookEndpoint.collection().find_one({"_id": delivery["endpoint_id"]})
    event = WebhookEvent.collection().find_one({"_id": delivery["event_id"]}, {"body": 1})
    if endpoint is None or endpoint["status"] != EndpointStatus.ACTIVE or event is None:
        once(partial(_settle, delivery, status=DeliveryStatus.CANCELLED))
        return
    attempt = _attempt(delivery, endpoint=endpoint, body=bytes(event["body"]))
    if attempt.verdict is Verdict.LATER and len(delivery["attempts"]) < len(conf.SCHEDULE):
        _come_back(delivery, attempt)
    once(partial(_conclude, delivery, endpoint=endpoint, attempt=attempt))


def bury(delivery_id: ObjectId, *, reason: str) -> None:
    """Settle a delivery whose task is dead, until that is tried anew; no failure of the receiver's is counted."""
    failed = {
        "status": DeliveryStatus.FAILED.value,
        "is_dead": True,
        "settled_at": clock.now(),
        "next_attempt_at": None,
    }
    change = {"$set": failed, "$push": {"attempts": _untried(reason)}}
    WebhookDelivery.collection().update_one({"_id": delivery_id, "status": _PENDING}, change)


def _revived(delivery_id: ObjectId) -> Document | None:
    pending = {"$set": {"status": _PENDING, "settled_at": None}, "$unset": {"is_dead": ""}}
    return WebhookDelivery.collection().find_one_and_update(
        {"_id": delivery_id, "is_dead": True}, pending, return_document=ReturnDocument.AFTER
    )


def _attempt(delivery: Mapping[str, Any], *, endpoint: Mapping[str, Any], body: bytes) -> Attempt:
    guard = receivers.guard_of(endpoint)
    try:
        return guard.call(sending.send, endpoint, event_id=str(delivery["event_id"]), body=body)
    except Sick as sick:
        return sick.attempt
    except Unavailable as away:  # its room is full, or its breaker open
        if clock.now() - delivery["created_at"] > conf.GIVEN_UP_AFTER:
            return Attempt(Verdict.NEVER, _untried("given-up"))
        raise Snooze(after=_scattered(max(_BUSY_SECONDS, away.retry_after_seconds))) from away


def _come_back(delivery: Mapping[str, Any], attempt: Attempt) -> None:
    planned = conf.SCHEDULE[len(delivery["attempts"])] * _chance.uniform(1 - conf.JITTER, 1 + conf.JITTER)
    wait = max(planned, attempt.wait)
    noted = {"$push": {"attempts": attempt.record}, "$set": {"next_attempt_at": clock.now() + wait}}
    WebhookDelivery.collection().update_one({"_id": delivery["_id"], "status": _PENDING}, noted)
    raise Retry(str(attempt.record["error"] or attempt.record["status"]), after=wait)


def _conclude(delivery: Mapping[str, Any], *, endpoint: Mapping[str, Any], attempt: Attempt) -> None:
    _settle(delivery, status=_SETTLED[attempt.verdict], record=attempt.record)
    if attempt.verdict is Verdict.DELIVERED:
        failures.forget(endpoint)
    elif attempt.verdict is Verdict.GONE:
        failures.disable(endpoint["_id"], reason=DisabledReason.GONE)
    else:
        failures.count(endpoint["_id"])


def _settle(delivery: Mapping[str, Any], *, status: DeliveryStatus, record: Mapping[str, Any] | None = None) -> None:
    change: Document = {"$set": {"status": status.value, "settled_at": clock.now(), "next_attempt_at": None}}
    if record is not None:
        change["$push"] = {"attempts": record}
    WebhookDelivery.collection().update_one({"_id": delivery["_id"], "status": _PENDING}, change)


def _untried(error: str) -> Document:
    return {"at": clock.now(), "status": None, "ms": 0, "error": error, "response": ""}


def _scattered(seconds: float) -> timedelta:
    """Wait up to three times as long, so that a backlog does not come back at once."""
    return timedelta(seconds=seconds * _chance.uniform(1, 3))
