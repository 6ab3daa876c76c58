from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from novapulse.queues import burial, inbox, outbox
from novapulse.queues.errors import Unreadable
from novapulse.queues.running import Running
from tests import queues
from tests.novapulse.queues.envelopes import an_envelope

if TYPE_CHECKING:
    from pymongo.database import Database

    Stored = Database[dict[str, Any]]


def _running() -> Running:
    envelope = an_envelope(company_id="c")
    outbox.add(envelope)
    claim = inbox.claim(envelope, owner="one", lease_seconds=60)
    assert isinstance(claim, inbox.Claim)
    return Running(envelope, claim)


class _Message:
    queue = "default"

    def __init__(self, body: str = "") -> None:
        self.body = body
        self.is_finished = False

    def finish(self) -> None:
        self.is_finished = True

    def show_again(self, *, seconds: int) -> None:
        raise AssertionError(seconds)


def test_a_dead_letter_waits_in_the_outbox_until_sqs_takes_it(database: Stored) -> None:
    message = _Message()

    assert burial.bury(message, _running(), OSError("away"), reason="exhausted", desk=queues.DESK)
    assert [row["queue"] for row in database.outbox.find()] == ["default-dlq"]
    assert message.is_finished
    assert len(queues.dead_letters()) == 1
    assert database.outbox.count_documents({}) == 0


def test_a_death_is_told_with_it_or_not_at_all(database: Stored) -> None:
    told = database.queue_controls

    def tell(running: Running, reason: str) -> None:
        told.insert_one({"_id": f"{running.id} {reason}"})
        raise ConnectionError

    running = _running()
    registered = replace(queues.DESK, dying=tell)

    assert burial.bury(_Message(), running, OSError("away"), reason="poison", desk=registered)
    assert database.inbox.find_one({})["status"] == "dead"  # type: ignore[index]  # it is there
    assert told.count_documents({}) == 0


def test_a_stale_owner_buries_nothing(database: Stored) -> None:
    running, message = _running(), _Message()
    database.inbox.update_one({}, {"$inc": {"fence": 1}})

    assert not burial.bury(message, running, OSError("away"), reason="exhausted", desk=queues.DESK)
    assert [row["queue"] for row in database.outbox.find()] == ["default"]
    assert not message.is_finished


def test_what_is_no_envelope_is_kept_as_it_came(database: Stored) -> None:
    burial.bury_unreadable(_Message("{nonsense"), Unreadable("no-json"))

    (body,) = queues.dead_letters()
    letter = json.loads(body)
    assert (letter["schema"], letter["raw"], letter["dead"]["reason"]) == (0, "{nonsense", "no-json")


def test_an_error_is_described_by_class_message_and_trace() -> None:
    with pytest.raises(OSError, match="away") as caught:
        _fail()
    described = burial.described(caught.value)

    assert described["error"] == "builtins.OSError"
    assert len(described["message"]) == 500
    assert len(described["trace"]) == 4_000


def _fail() -> None:
    raise OSError("away " * 1_000)
