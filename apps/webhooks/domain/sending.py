"""One attempt at a delivery: the request, and what its answer means."""

from __future__ import annotations

import email.utils
import enum
from dataclasses import dataclass
from datetime import UTC, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from apps.webhooks import conf
from apps.webhooks.domain import signatures
from novapulse import clock
from novapulse.outgoing.exchange import Caps, DestinationRefused, Sender, Unreached

if TYPE_CHECKING:
    from collections.abc import Mapping

    from novapulse.outgoing.exchange import Reply

_CAPS: Final = Caps(seconds=conf.SEND_SECONDS, body_bytes=conf.RESPONSE_BYTES)
_LATER: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_SERVER_ERROR: Final = 500
_SUCCESS: Final = 2  # hundreds


class Verdict(enum.Enum):
    """What an attempt has come to."""

    DELIVERED = enum.auto()
    LATER = enum.auto()  # it may go well another time
    NEVER = enum.auto()
    GONE = enum.auto()  # never, and neither will anything else


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one request: `record` is what is kept of it, `wait` what the receiver has asked for."""

    verdict: Verdict
    record: Mapping[str, Any]
    wait: timedelta = timedelta()


class Sick(Exception):  # noqa: N818  named after the receiver
    """The receiver could not take it; carries the attempt, past the breaker that counts this."""

    def __init__(self, attempt: Attempt) -> None:
        """Take the attempt."""
        super().__init__(attempt.record["error"] or attempt.record["status"])
        self.attempt = attempt


class Unanswered(Sick):
    """Nobody answered."""


def sender() -> Sender:
    """Give what requests go through."""
    return Sender(settings.WEBHOOK_DESTINATIONS, caps=_CAPS)


def send(endpoint: Mapping[str, Any], *, event_id: str, body: bytes) -> Attempt:
    """Send an event, signed by the live secrets of its endpoint, and judge the answer.

    Raises Sick for an answer that says that the receiver is not well, Unanswered for none.
    """
    now, started = clock.now(), clock.monotonic()
    blank = {"at": now, "status": None, "ms": 0, "error": None, "response": ""}
    secrets = signatures.live(endpoint["secrets"], endpoint_id=endpoint["_id"])
    if not secrets:  # another MASTER_KEY since: nothing goes out unsigned
        return Attempt(Verdict.NEVER, {**blank, "error": "no-secret"})
    timestamp = int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "NovaPulse-Webhooks/1",
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures.header(secrets, message_id=event_id, timestamp=timestamp, body=body),
    }
    try:
        reply = sender().post(endpoint["url"], body=body, headers=headers)
    except DestinationRefused as error:
        return Attempt(Verdict.NEVER, {**blank, "error": error.word, "ms": _since(started)})
    except Unreached as error:
        raise Unanswered(Attempt(Verdict.LATER, {**blank, "error": error.word, "ms": _since(started)})) from error
    record = {**blank, "status": reply.status, "ms": _since(started), "response": _readable(reply.body)}
    return _judged(reply, record=record)


def _judged(reply: Reply, *, record: Mapping[str, Any]) -> Attempt:
    if reply.status // 100 == _SUCCESS:
        return Attempt(Verdict.DELIVERED, record)
    if reply.status >= _SERVER_ERROR or reply.status in _LATER:
        raise Sick(Attempt(Verdict.LATER, record, wait=_asked_for(reply.headers.get("retry-after"))))
    return Attempt(Verdict.GONE if reply.status == HTTPStatus.GONE else Verdict.NEVER, record)


def _asked_for(retry_after: str | None) -> timedelta:
    """Read Retry-After (RFC 9110, 10.2.3), seconds or a date; nothing where it is neither, and never too much."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        wait = timedelta(seconds=min(int(text[:9]), conf.RETRY_AFTER_MOST.total_seconds()))
    else:
        try:
            moment = email.utils.parsedate_to_datetime(text)
        except ValueError:
            return timedelta()
        wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - clock.now()
    return min(max(wait, timedelta()), conf.RETRY_AFTER_MOST)


def _readable(body: bytes) -> str:
    """Give the beginning of an answer as text that a person may look at: no control character is left in it."""
    text = body.decode("utf-8", errors="replace")
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _since(started: float) -> int:
    return round((clock.monotonic() - started) * 1000)
