from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from novapulse import clock
from novapulse.queues import inbox, outbox, sender
from novapulse.queues.heartbeat import Heartbeat
from novapulse.queues.running import Running
from tests import queues
from tests.novapulse.queues.envelopes import an_envelope

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest
    from pymongo.database import Database

    Stored = Database[dict[str, Any]]

_MOST_SECONDS = 30


@contextmanager
def _attempt(heartbeat: Heartbeat, **members: Any) -> Iterator[Running]:
    """Send, receive and claim a task, and have its lease and message kept."""
    envelope = an_envelope(**members)
    queues.make()
    sender.send([outbox.add(envelope)])
    (delivery,) = queues.received(visibility_seconds=2)
    claim = inbox.claim(envelope, owner="one", lease_seconds=60)
    assert isinstance(claim, inbox.Claim)
    running = Running(envelope, claim)
    with heartbeat.watching(delivery, running):
        yield running


def _lease_until(database: Stored) -> Any:
    (until,) = database.inbox.distinct("lease_until")
    return until


def test_a_beat_extends_lease_and_visibility(database: Stored) -> None:
    heartbeat = Heartbeat(visibility_seconds=600)
    with _attempt(heartbeat):
        heartbeat.beat()
        assert _lease_until(database) > clock.now() + timedelta(seconds=500)
        time.sleep(2.5)  # longer than the message was hidden for at first
        assert queues.received() == []


def test_what_has_ended_is_extended_no_more(database: Stored) -> None:
    heartbeat = Heartbeat(visibility_seconds=600)
    with _attempt(heartbeat):
        pass
    heartbeat.beat()

    assert _lease_until(database) < clock.now() + timedelta(seconds=100)


def test_an_attempt_past_its_time_is_extended_no_more(database: Stored) -> None:
    heartbeat = Heartbeat(visibility_seconds=600)
    with _attempt(heartbeat, timeout_seconds=0):
        heartbeat.beat()

    assert _lease_until(database) < clock.now() + timedelta(seconds=100)


def test_an_attempt_is_told_that_its_lease_is_lost(database: Stored) -> None:
    heartbeat = Heartbeat(visibility_seconds=600)
    with _attempt(heartbeat) as running:
        heartbeat.beat()
        assert not running.lost()
        database.inbox.update_one({}, {"$inc": {"fence": 1}})
        heartbeat.beat()
        assert running.lost()


def test_the_thread_beats_by_itself_and_survives_a_store_that_is_away(
    database: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[object] = []

    def away(*_: object, **__: object) -> None:
        failures.append(1)
        raise OSError

    heartbeat = Heartbeat(visibility_seconds=1)
    with _attempt(heartbeat):
        with monkeypatch.context() as patched:
            patched.setattr(inbox, "extend", away)
            heartbeat.start()
            _until(lambda: len(failures) > 1)
        database.inbox.update_one({}, {"$set": {"lease_until": clock.now() - timedelta(hours=1)}})
        _until(lambda: _lease_until(database) > clock.now() - timedelta(minutes=1))
    heartbeat.stop()


def _until(condition: Any) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < _MOST_SECONDS
        time.sleep(0.02)
