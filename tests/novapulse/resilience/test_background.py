"""Work in the background."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from threading import Event, Semaphore
from typing import TYPE_CHECKING

import pytest

from novapulse import context
from novapulse.context import Principal
from novapulse.resilience.background import Background
from tests.faults import seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def held(room: Background, *, threads: int) -> Iterator[None]:
    """Keep every thread of a room busy."""
    free, busy = Event(), Semaphore(0)

    def stay() -> None:
        busy.release()
        free.wait(60)

    for _ in range(threads):
        room.submit(stay)
        assert busy.acquire(timeout=60)
    try:
        yield
    finally:
        free.set()


def test_nobody_waits_for_the_work() -> None:
    room, done = Background("tests", threads=1, waiting=4), Event()
    with held(room, threads=1):
        assert seconds_of(lambda: room.submit(done.set)) < 5
        assert not done.is_set()
    assert room.drain(seconds=10)
    assert done.is_set()


def test_work_is_done_under_the_id_of_the_request_and_in_nobodys_name() -> None:
    room, seen = Background("tests", threads=1, waiting=4), []

    def look() -> None:
        seen.append(context.request_id())
        with pytest.raises(LookupError):
            context.principal()

    context.begin_request("request-1")
    context.authenticate(Principal("person", *[None] * 3, role="owner"))  # type: ignore[arg-type]  # nobody looks
    room.submit(look)
    context.begin_request("request-2")
    assert room.drain(seconds=10)
    assert seen == ["request-1"]


def test_failure_is_logged_without_its_words_and_the_next_is_done(caplog: pytest.LogCaptureFixture) -> None:
    room, done = Background("tests", threads=1, waiting=4), Event()

    def fail() -> None:
        raise ValueError("a secret")

    room.submit(fail)
    room.submit(done.set)
    assert room.drain(seconds=10)
    assert done.is_set()
    assert [record.getMessage() for record in caplog.records] == ["background.failed"]
    assert caplog.records[0].fields == {"room": "tests", "error": "ValueError"}  # type: ignore[attr-defined]  # ours
    assert "a secret" not in caplog.text


def test_what_finds_no_place_is_given_up_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    room, done = Background("tests", threads=2, waiting=1), [Event(), Event()]
    with held(room, threads=2):
        for each in done:
            room.submit(each.set)
        assert not room.drain(seconds=0.05)
    assert room.drain(seconds=10)
    assert [each.is_set() for each in done] == [True, False]
    assert [(record.getMessage(), record.levelno) for record in caplog.records] == [("background.full", logging.ERROR)]


def test_child_of_a_fork_has_threads_of_its_own_and_no_work_of_its_parents() -> None:
    room, done = Background("tests", threads=1, waiting=4), Event()
    with held(room, threads=1):
        room.submit(done.set)
        child = os.fork()
        if child == 0:
            again = Event()
            room.submit(again.set)
            os._exit(0 if room.drain(seconds=10) and again.is_set() and not done.is_set() else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert room.drain(seconds=10)
    assert done.is_set()
