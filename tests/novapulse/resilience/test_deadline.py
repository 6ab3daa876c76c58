"""A deadline only ever comes nearer."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar

import pytest

from novapulse.errors import TimedOut
from novapulse.resilience import deadline

_OTHER: ContextVar[str] = ContextVar("other", default="nothing")


def test_outside_of_any_there_is_no_end() -> None:
    assert deadline.current() is None
    assert deadline.remaining(60) == 60
    deadline.check()


def test_what_remains_gets_less_and_ends_at_nothing() -> None:
    with deadline.opened(60) as running:
        before = deadline.remaining(60)
        time.sleep(0.03)
        assert 0 < deadline.remaining(60) <= before - 0.03
        running.shorten(0.02)

        assert deadline.remaining(60) == running.remaining() == 0
        assert running.elapsed() >= 0.03


def test_a_checkpoint_raises_once_the_time_is_over() -> None:
    with deadline.opened(60) as running:
        deadline.check()
        running.shorten(0)

        with pytest.raises(TimedOut) as raised:
            deadline.check()

    assert raised.value.phase == "python"


def test_a_child_is_never_later_than_its_parent() -> None:
    with deadline.opened(60) as parent:
        assert parent.child(600).ends_at == parent.ends_at
        with parent.child(0.5) as child:
            assert deadline.current() is child
            assert child.ends_at < parent.ends_at
        with deadline.opened(600) as nested:
            assert nested.ends_at == parent.ends_at

        assert deadline.current() is parent


def test_shortening_counts_from_the_beginning_and_never_extends() -> None:
    running = deadline.opened(10)
    running.shorten(60)
    assert running.ends_at == running.began_at + 10
    running.shorten(2)
    assert running.ends_at == running.began_at + 2


def test_who_asked_for_it_is_told_when_it_is_left_also_after_an_error() -> None:
    told: list[str] = []
    running = deadline.opened(1)
    running.on_leaving(lambda: told.append("left"))

    with pytest.raises(KeyError), running:
        raise KeyError

    assert told == ["left"]
    assert deadline.current() is None


def test_a_pool_s_thread_has_the_deadline_that_is_carried_to_it_and_nothing_else() -> None:
    _OTHER.set("here")

    def seen() -> tuple[float, str]:
        running = deadline.current()
        return (0 if running is None else running.ends_at), _OTHER.get()

    with ThreadPoolExecutor(1) as pool:
        with deadline.opened(5) as running:
            carried, forgotten = pool.submit(deadline.carried(seen)), pool.submit(seen)
        afterwards = pool.submit(deadline.carried(seen))

    assert carried.result() == (running.ends_at, "nothing")
    assert forgotten.result() == afterwards.result() == (0, "nothing")
    _OTHER.set("nothing")
