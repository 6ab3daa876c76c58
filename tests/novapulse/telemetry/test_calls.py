"""Who is told of calls, and what."""

from __future__ import annotations

import time
from timeit import repeat

import pytest

from novapulse.telemetry import calls, drops
from novapulse.telemetry.calls import Call
from tests.hearing import hearing

CALL = Call(calls.HTTP, "POST", "", 0.1)


def test_who_listens_twice_is_told_once_and_who_has_had_enough_is_told_no_more() -> None:
    heard: list[Call] = []
    calls.listen(heard.append)
    listen_again = heard.append
    calls.listen(listen_again)
    calls.ended(CALL)
    calls.unlisten(listen_again)
    calls.ended(CALL)

    assert heard == [CALL]


def test_a_listener_that_fails_breaks_neither_the_call_nor_the_others_and_is_counted() -> None:
    def fail(_call: Call) -> None:
        raise KeyError

    before = drops.counted().get("calls", 0)
    calls.listen(fail)
    try:
        with hearing(calls.HTTP) as heard:
            calls.ended(CALL)
    finally:
        calls.unlisten(fail)

    assert heard == [CALL]
    assert drops.counted()["calls"] == before + 1


def test_a_block_is_told_with_its_time_and_the_name_of_what_went_wrong() -> None:
    with hearing(calls.HTTP) as heard:
        with calls.telling(calls.HTTP, "POST", target="somewhere"):
            time.sleep(0.01)
        with pytest.raises(KeyError), calls.telling(calls.HTTP, "POST"):
            raise KeyError
        with calls.telling(calls.HTTP, "POST") as call:
            call.error = "5xx"

    assert [(call.target, call.error) for call in heard] == [("somewhere", ""), ("", "KeyError"), ("", "5xx")]
    assert heard[0].seconds >= 0.01


def test_telling_costs_next_to_nothing_where_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "_listeners", ())
    times = 10_000
    seconds = min(repeat(lambda: calls.ended(Call(calls.REDIS, "GET", "redis", 0.1)), number=times, repeat=5))

    assert seconds / times < 10e-6  # 0.4 us on a quiet machine
