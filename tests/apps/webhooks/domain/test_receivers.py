"""What stands before a receiver: few at a time, and few that try while it is sick."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event

import pytest
from bson import ObjectId

from apps.webhooks import conf
from apps.webhooks.domain import receivers
from apps.webhooks.domain.receivers import Receivers
from apps.webhooks.domain.sending import Attempt, Sick, Unanswered, Verdict
from novapulse.errors import Overloaded
from novapulse.resilience import bulkhead
from novapulse.resilience.breaker import CircuitOpen

ENDPOINT = {"_id": ObjectId(), "url": "https://hooks.example.com/in"}
NO_ANSWER = Attempt(Verdict.LATER, {"status": None, "error": "timed-out"})
BAD_ANSWER = Attempt(Verdict.LATER, {"status": 503, "error": None})


def fail(kind: type[Sick], attempt: Attempt) -> None:
    raise kind(attempt)


def test_a_receiver_that_hangs_holds_two_threads_and_the_others_are_free_at_once() -> None:
    guard, over = Receivers().guard_of(ENDPOINT), Event()
    with ThreadPoolExecutor(conf.AT_ONCE) as pool:
        began = [Event() for _ in range(conf.AT_ONCE)]
        held = [pool.submit(guard.call, lambda each=each: (each.set(), over.wait(30))) for each in began]
        assert all(each.wait(30) for each in began)
        with pytest.raises(Overloaded):
            guard.call(lambda: None)
        elsewhere = Receivers().guard_of({**ENDPOINT, "_id": ObjectId()}).call(lambda: "free")
        over.set()

    assert (elsewhere, [each.result()[1] for each in held]) == ("free", [True] * conf.AT_ONCE)


def test_a_receiver_that_does_not_answer_five_times_is_left_alone() -> None:
    guard = Receivers().guard_of(ENDPOINT)
    for _ in range(5):
        with pytest.raises(Unanswered):
            guard.call(fail, Unanswered, NO_ANSWER)

    with pytest.raises(CircuitOpen) as refused:
        guard.call(lambda: pytest.fail("a request was made"))
    assert 20 < refused.value.retry_after_seconds <= 40


def test_bad_answers_count_by_their_share() -> None:
    guard = Receivers().guard_of(ENDPOINT)
    for _ in range(20):
        with pytest.raises(Sick):
            guard.call(fail, Sick, BAD_ANSWER)

    with pytest.raises(CircuitOpen):
        guard.call(lambda: None)


def test_a_guard_is_the_same_for_an_endpoint_until_its_address_changes() -> None:
    known = Receivers()

    assert known.guard_of(ENDPOINT) is known.guard_of(dict(ENDPOINT))
    assert known.guard_of(ENDPOINT) is not known.guard_of({**ENDPOINT, "url": "https://elsewhere.example/"})


def test_as_many_receivers_are_remembered_as_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receivers, "_MOST", 2)
    known = Receivers()
    first = known.guard_of(ENDPOINT)
    for _ in range(2):
        known.guard_of({**ENDPOINT, "_id": ObjectId()})

    assert known.guard_of(ENDPOINT) is not first


def test_refusals_stay_counted_when_a_receiver_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receivers, "_MOST", 1)
    known, before = Receivers(), bulkhead.refused().get("webhook", 0)
    guard = known.guard_of(ENDPOINT)
    with ExitStack() as held:
        for _ in range(conf.AT_ONCE):
            held.enter_context(guard._bulkhead)
        with pytest.raises(Overloaded):
            guard.call(lambda: None)
    del guard
    known.guard_of({**ENDPOINT, "_id": ObjectId()})
    gc.collect()

    assert bulkhead.refused()["webhook"] == before + 1
