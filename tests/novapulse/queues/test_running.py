from __future__ import annotations

from contextvars import Context
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from novapulse import clock
from novapulse.queues import inbox, running
from novapulse.queues.errors import LeaseLost
from novapulse.queues.running import Running
from novapulse.resilience import deadline
from tests.novapulse.queues.envelopes import an_envelope

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database

    Stored = Database[dict[str, Any]]


def _begun(owner: str = "one", envelope: Any = None) -> Running:
    envelope = envelope or an_envelope()
    claim = inbox.claim(envelope, owner=owner, lease_seconds=60)
    assert isinstance(claim, inbox.Claim)
    return Running(envelope, claim)


def _within(attempt: Running, work: Callable[[], Any]) -> Any:
    def all_of_it() -> Any:
        running.begin(attempt)
        return work()

    return Context().run(all_of_it)


def _effect() -> None:
    inbox.InboxRow.collection().database.queue_controls.insert_one({"owner": "an effect"})


def test_once_has_its_effect_and_marks_the_task_as_done(database: Stored) -> None:
    attempt = _begun()
    _within(attempt, lambda: running.once(_effect))

    assert database.queue_controls.count_documents({}) == 1
    assert database.inbox.distinct("status") == ["done"]
    assert attempt.is_done


def test_once_of_a_stale_owner_has_no_effect(database: Stored) -> None:
    attempt = _begun()
    with clock.shifted(timedelta(minutes=2)):
        _begun("two", attempt.envelope)

    with pytest.raises(LeaseLost):
        _within(attempt, lambda: running.once(_effect))
    assert database.queue_controls.count_documents({}) == 0


def test_once_that_fails_leaves_the_task_to_be_tried_again(database: Stored) -> None:
    attempt = _begun()

    def fails() -> None:
        _effect()
        raise KeyError

    with pytest.raises(KeyError):
        _within(attempt, lambda: running.once(fails))
    assert database.queue_controls.count_documents({}) == 0
    assert database.inbox.distinct("status") == ["running"]


def test_outside_of_a_task_there_is_no_once(database: Stored) -> None:
    with pytest.raises(LookupError):
        running.once(_effect)

    assert database.queue_controls.count_documents({}) == 0


def test_a_checkpoint_ends_work_that_was_given_up_or_is_out_of_time(database: Stored) -> None:
    attempt = _begun()
    attempt.check()
    with deadline.opened(0), pytest.raises(Exception, match="time"):
        attempt.check()
    attempt.lose()
    with pytest.raises(LeaseLost):
        attempt.check()
