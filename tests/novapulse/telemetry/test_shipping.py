from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from novapulse.telemetry import shipping
from novapulse.telemetry.destination import NotSent, Unacceptable
from novapulse.telemetry.ring import Bounds, Item, Limits
from novapulse.telemetry.shipping import Shipper
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

INFO, ERROR = logging.INFO, logging.ERROR


@dataclass
class Place:
    """A destination that notes what comes and fails as it is told."""

    came: list[list[str]] = field(default_factory=list)
    opened: int = 0
    trouble: Exception | None = None
    lasts: threading.Event | None = None

    def open(self) -> None:
        self.opened += 1
        self._fail()

    def send(self, batch: Sequence[Item]) -> Sequence[Item]:
        logging.getLogger("botocore.httpsession").error("%s", shipping.is_sending())
        self._fail()
        if self.lasts is not None:
            self.lasts.wait(60)
        self.came.append([item.content for item in batch])
        return [item for item in batch if item.content == "unfit"]

    def forget(self) -> None:
        """There is no connection."""

    def _fail(self) -> None:
        if self.trouble is not None:
            raise self.trouble

    @property
    def contents(self) -> list[str]:
        return [content for batch in self.came for content in batch]


@contextmanager
def shipper(
    place: Place,
    *,
    bounds: Bounds = Bounds(),  # noqa: B008  frozen
    limits: Limits = Limits(),  # noqa: B008  frozen
    interval_seconds: float = 0.01,
) -> Iterator[Shipper]:
    running = Shipper("place", place, bounds=bounds, limits=limits, interval_seconds=interval_seconds)
    try:
        yield running
    finally:
        running.close()


def put(running: Shipper, *contents: str, severity: int = INFO) -> None:
    for content in contents:
        running.put(Item(time.monotonic(), severity, 10, content))


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipping, "_LONGEST_WAIT_SECONDS", 0.05)


def test_nothing_is_done_before_something_comes() -> None:
    place, threads = Place(), threading.active_count()
    with shipper(place) as running:
        assert (threading.active_count(), place.opened, running.flush()) == (threads, 0, True)


def test_what_comes_is_sent_after_the_interval() -> None:
    place = Place()
    with shipper(place) as running:
        put(running, "one", "two")
        wait_until(lambda: place.contents == ["one", "two"])
        put(running, "three")
        wait_until(lambda: place.contents == ["one", "two", "three"])
    assert place.opened == 1


def test_a_full_batch_is_sent_at_once() -> None:
    place = Place()
    with shipper(place, limits=Limits(items=2), interval_seconds=3_600) as running:
        put(running, "one", "two", "three")
        wait_until(lambda: place.came == [["one", "two"]])
        assert running.figures().waiting == 1


def test_a_flush_sends_all_in_batches() -> None:
    place = Place()
    with shipper(place, limits=Limits(items=2), interval_seconds=3_600) as running:
        put(running, "one")
        assert running.flush(seconds=30)
        put(running, "two", "three", "four")
        assert running.flush(seconds=30)
    assert place.contents == ["one", "two", "three", "four"]
    assert max(map(len, place.came)) == 2


def test_what_could_not_be_sent_comes_when_the_place_is_back(caplog: pytest.LogCaptureFixture) -> None:
    place = Place(trouble=NotSent())
    with shipper(place) as running:
        put(running, "one", "two")
        wait_until(lambda: place.opened > 2)
        place.trouble = None
        wait_until(lambda: place.contents == ["one", "two"])
        wait_until(lambda: not running.figures().is_away)

    told = [record for record in caplog.records if record.msg.startswith("telemetry.")]
    assert [record.msg for record in told] == ["telemetry.away", "telemetry.recovered"]
    assert vars(told[1])["fields"] | {"away_seconds": 0} == {
        "destination": "place",
        "away_seconds": 0,
        "dropped": {},
        "in_doubt": 0,
    }


def test_what_was_dropped_meanwhile_is_told_by_level_and_errors_came_through(caplog: pytest.LogCaptureFixture) -> None:
    place = Place(trouble=NotSent())
    with shipper(place, bounds=Bounds(items=4)) as running:
        put(running, "first", severity=ERROR)
        put(running, *map(str, range(10)))
        place.trouble = None
        wait_until(lambda: not running.figures().is_away and place.came)

    dropped = [vars(record)["fields"]["dropped"] for record in caplog.records if record.msg == "telemetry.recovered"]
    assert dropped in ([{"info": 7}], [])  # it may have been back before it was ever tried
    assert place.contents == ["first", "7", "8", "9"]
    assert running.figures().dropped == {INFO: 7}


def test_a_batch_whose_answer_was_lost_is_sent_again_and_counted() -> None:
    place = Place()
    with shipper(place) as running:
        put(running, "one")
        wait_until(lambda: place.contents == ["one"])
        place.trouble = TimeoutError()
        put(running, "two", "three")
        wait_until(lambda: running.figures().is_away)
        in_doubt = running.figures().in_doubt
        place.trouble = None
        wait_until(lambda: place.contents == ["one", "two", "three"])

    assert 1 <= in_doubt <= 2
    assert running.figures().in_doubt == in_doubt, "while it is away, nothing but `open` is tried"


def test_what_a_place_will_never_take_is_dropped_and_counted() -> None:
    place = Place()
    with shipper(place) as running:
        put(running, "unfit", "fit")
        wait_until(lambda: running.figures().sent == 1)
        place.trouble = Unacceptable()
        put(running, "bad", severity=ERROR)
        wait_until(lambda: running.figures().dropped == {INFO: 1, ERROR: 1})
        assert not running.figures().is_away


def test_a_full_batch_does_not_shorten_the_wait_for_a_place_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(trouble=NotSent())
    monkeypatch.setattr(shipping, "wait_seconds", lambda _failures: 3_600.0)
    with shipper(place, limits=Limits(items=2)) as running:
        put(running, "one")
        wait_until(lambda: running.figures().is_away)
        for _ in range(50):
            put(running, "two", "three")
            time.sleep(0.001)
        assert place.opened == 1
        place.trouble = None
        assert running.flush(seconds=30), "who asks for it gets a try at once"


def test_a_flush_tries_again_until_its_time_is_over() -> None:
    place = Place(trouble=NotSent())
    with shipper(place) as running:
        put(running, "one")
        assert not running.flush(seconds=0.05)
        threading.Timer(0.05, lambda: setattr(place, "trouble", None)).start()
        assert running.flush(seconds=30)


def test_waits_double_from_half_a_second_to_thirty_with_full_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    most = [max(shipping.wait_seconds(failures) for _ in range(200)) for failures in (1, 2, 3, 100)]
    least = [min(shipping.wait_seconds(failures) for _ in range(200)) for failures in (1, 2, 3, 100)]

    assert [bound / 2 < each <= bound for each, bound in zip(most, (0.5, 1, 2, 30), strict=True)] == [True] * 4
    assert [each < bound / 2 for each, bound in zip(least, (0.5, 1, 2, 30), strict=True)] == [True] * 4


def test_only_the_thread_that_sends_is_known_to_be_sending(caplog: pytest.LogCaptureFixture) -> None:
    place = Place()
    with shipper(place) as running:
        put(running, "one")
        assert running.flush(seconds=30)

    # Another test's shipper may send meanwhile: in a thread that sends as well.
    assert {record.getMessage() for record in caplog.records if record.name == "botocore.httpsession"} == {"True"}
    assert not shipping.is_sending()


def test_a_child_of_a_fork_ships_its_own_and_not_its_parents() -> None:
    place = Place()
    with shipper(place, interval_seconds=3_600) as running:
        put(running, "parents")
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                put(running, "childs")
                running.flush(seconds=30)
                os.write(write, ",".join(place.contents).encode())
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert os.read(read, 100) == b"childs"
        assert running.flush(seconds=30)
        assert place.contents == ["parents"]


PROGRAM = """
import multiprocessing, sys
from novapulse.telemetry import shipping
from novapulse.telemetry.ring import Item

class Place:
    def open(self): pass
    def send(self, batch):
        print(*(item.content for item in batch), flush=True)
        return ()
    def forget(self): pass

shipper = shipping.Shipper("place", Place(), interval_seconds=3600)
def say(word): shipper.put(Item(0.0, 20, 1, word))
say("parent")
if sys.argv[1] == "worker":
    worker = multiprocessing.get_context("fork").Process(target=say, args=("worker",))
    worker.start()
    worker.join()
"""


def _sent_by(process: str) -> list[str]:
    argv = [sys.executable, "-c", PROGRAM, process]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()  # noqa: S603  our own program


def test_the_end_of_a_process_sends_what_waits() -> None:
    assert _sent_by("alone") == ["parent"]


def test_the_end_of_a_servers_worker_sends_what_waits() -> None:
    assert _sent_by("worker") == ["worker", "parent"]


def test_a_place_that_hangs_does_not_hold_up_the_end_of_a_process(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(lasts=threading.Event())
    with shipper(place, limits=Limits(items=1)) as running:
        monkeypatch.setattr(shipping, "_shippers", {running})
        put(running, "one", "two")
        begun = time.monotonic()
        shipping.leave(seconds=0.2)
        seconds = time.monotonic() - begun
        put(running, "three")
        assert running.flush(seconds=30), "nobody waits for what is closed"
        assert place.lasts is not None
        place.lasts.set()

    assert seconds < 2
    assert shipping._LEAVING_SECONDS <= 5
    left = [vars(record)["fields"] for record in caplog.records if record.msg == "telemetry.left_behind"]
    assert left == [{"destination": "place", "items": 1}]
