"""What is past its deadline is seen."""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from novapulse import context
from novapulse.log import JsonFormatter
from novapulse.resilience import deadline
from novapulse.resilience.overruns import Overruns

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def hanging(watch: Overruns, *, seconds: float) -> Iterator[None]:
    """Have a request of another thread hang in Python, with a budget of so many seconds."""
    begun, over = threading.Event(), threading.Event()

    def a_view_that_hangs() -> None:
        context.begin_request("request-that-hangs")
        with deadline.opened(seconds) as running:
            watch.begin(running)
            begun.set()
            over.wait(120)
            watch.end()

    thread = threading.Thread(target=a_view_that_hangs)
    thread.start()
    assert begun.wait(60)
    try:
        yield
    finally:
        over.set()
        thread.join()


def overran(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [each.fields for each in caplog.records if each.getMessage() == "resilience.request_overran"]  # type: ignore[attr-defined]  # novapulse.log.event's


def test_a_request_past_its_deadline_is_counted_until_it_comes_back() -> None:
    watch = Overruns()
    with hanging(watch, seconds=0):
        time.sleep(0.3)
        assert watch.overrunning() == 1
    assert watch.overrunning() == 0


def test_its_stack_is_logged_once_without_values(caplog: pytest.LogCaptureFixture) -> None:
    watch = Overruns()
    with hanging(watch, seconds=0):
        time.sleep(0.3)
        watch.look()
        watch.look()

    (fields,) = overran(caplog)
    assert any("test_overruns.py" in frame and "a_view_that_hangs" in frame for frame in fields["stack"])
    assert "request-that-hangs" not in str(fields["stack"])
    assert fields["elapsed_ms"] >= 250


def test_its_line_bears_the_id_of_its_request(capsys: pytest.CaptureFixture[str]) -> None:
    watch, handler = Overruns(), logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("novapulse.resilience.overruns")
    logger.addHandler(handler)
    try:
        with hanging(watch, seconds=0):
            time.sleep(0.3)
            watch.look()
    finally:
        logger.removeHandler(handler)

    assert '"request_id":"request-that-hangs"' in capsys.readouterr().err


def test_a_request_within_its_time_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    watch = Overruns()
    with hanging(watch, seconds=20):
        watch.look()
        assert watch.overrunning() == 0
    assert overran(caplog) == []


def test_the_watch_runs_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    watch = Overruns()
    with hanging(watch, seconds=0):
        until = time.monotonic() + 30
        while not overran(caplog) and time.monotonic() < until:
            time.sleep(0.05)
    assert len(overran(caplog)) == 1


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_begins_with_nothing_under_way_and_starts_a_watch_of_its_own() -> None:
    watch = Overruns()
    with hanging(watch, seconds=0):
        time.sleep(0.3)
        child = os.fork()
        if child == 0:
            alone = watch.overrunning() == 0
            watch.begin(deadline.opened(5))
            os._exit(0 if alone and any(each.name == "overruns" for each in threading.enumerate()) else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert watch.overrunning() == 1


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_process_in_which_a_request_hangs_for_too_long_ends_once_it_was_told_to() -> None:
    child = os.fork()
    if child == 0:
        told: list[int] = []
        import signal  # noqa: PLC0415  of this process alone

        signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
        watch = Overruns()
        watch.recycle_after(0.2)
        watch.begin(deadline.opened(0))
        time.sleep(20)
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
