"""Who logs waits for nobody; what cannot be written is counted and told of; many processes share a file."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from threading import Event, current_thread
from typing import TYPE_CHECKING

import pytest

from novapulse.log import JsonFormatter, leaving, writing
from novapulse.log.writing import BackgroundHandler, ConsoleHandler, FileHandler
from tests.architecture.source import ROOT
from tests.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

Open = Callable[[BackgroundHandler], BackgroundHandler]


@pytest.fixture
def opened() -> Iterator[Open]:
    handlers: list[BackgroundHandler] = []

    def opened(handler: BackgroundHandler) -> BackgroundHandler:
        handler.setFormatter(JsonFormatter())
        handlers.append(handler)
        return handler

    yield opened
    for handler in handlers:
        handler.close()


def say(handler: logging.Handler, room: str = "x", *, level: int = logging.INFO) -> None:
    record = logging.LogRecord("novapulse.test", level, __file__, 1, "background.failed", (), None)
    record.fields = {"room": room}
    handler.handle(record)


def rooms(text: str) -> list[str]:
    return [json.loads(line).get("room") for line in text.splitlines()]


def test_lines_are_written_by_themselves_in_their_order(opened: Open) -> None:
    written: list[str] = []
    handler = opened(BackgroundHandler(written.append))
    for number in range(100):
        say(handler, str(number))
    wait_until(lambda: len(rooms("".join(written))) == 100, seconds=10)

    assert rooms("".join(written)) == [str(number) for number in range(100)]
    assert len(written) < 100  # some at once, not all one by one


def test_who_logs_does_not_wait_for_whoever_reads_and_what_has_no_room_is_counted_and_told(opened: Open) -> None:
    written: list[str] = []
    is_read, is_stuck = Event(), Event()

    def write(text: str) -> None:
        is_stuck.set()
        is_read.wait(30)
        written.append(text)

    handler = opened(BackgroundHandler(write))
    say(handler)
    assert is_stuck.wait(30)
    began = time.monotonic()
    for _ in range(9_000):
        say(handler)
    for _ in range(50):
        say(handler, "no room")
    say(handler, "an error", level=logging.ERROR)
    assert time.monotonic() - began < 10  # 0.2 s on a machine that does nothing else
    is_read.set()
    handler.flush()

    assert handler.lost == 50
    lines = [json.loads(line) for line in "".join(written).splitlines()]
    assert len(lines) == 9_003
    assert (lines[-2]["room"], lines[-1]["event"], lines[-1]["lines"]) == ("an error", "log.lost", 50)


def test_a_disk_that_is_full_is_told_of_once_there_is_room(opened: Open) -> None:
    written: list[str] = []
    trouble: list[OSError] = [OSError(28, "No space left on device")] * 2

    def write(text: str) -> None:
        if trouble:
            raise trouble.pop()
        written.append(text)

    handler = opened(BackgroundHandler(write))
    say(handler)
    handler.flush()
    say(handler, "later")
    handler.flush()

    assert [json.loads(line)["event"] for line in "".join(written).splitlines()] == ["background.failed", "log.lost"]
    assert handler.lost == 1


def test_whatever_the_way_to_write_stumbles_over_the_next_line_is_written(opened: Open) -> None:
    written: list[str] = []
    trouble: list[Exception] = [RuntimeError("another process holds the lock")]

    def write(text: str) -> None:
        if trouble:
            raise trouble.pop()
        written.append(text)

    handler = opened(BackgroundHandler(write))
    say(handler)
    wait_until(lambda: handler.lost == 1, seconds=10)
    say(handler, "later")
    wait_until(lambda: "later" in "".join(written), seconds=10)

    assert (handler.lost, trouble) == (1, [])


def test_a_formatter_that_stumbles_is_nobodys_business_but_is_counted(opened: Open) -> None:
    handler = opened(BackgroundHandler(lambda _text: None))
    handler.setFormatter(logging.Formatter("%(no_such_thing)s"))
    say(handler)

    assert handler.lost == 1


def test_a_child_of_a_fork_writes_its_own_lines_and_not_its_parents(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "application.log"
    handler = opened(FileHandler(str(path)))
    say(handler, "before")
    child = os.fork()
    if child == 0:
        say(handler, "child")
        handler.flush()
        os._exit(0)
    os.waitpid(child, 0)
    handler.flush()

    assert sorted(rooms(path.read_text())) == ["before", "child"]


def test_a_servers_forked_worker_writes_what_is_left_when_it_ends(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_GATHER_SECONDS", 3_600)  # nobody else writes it
    handler = opened(FileHandler(str(tmp_path / "log")))
    worker = multiprocessing.get_context("fork").Process(target=say, args=(handler, "worker"))
    worker.start()
    worker.join()

    assert rooms((tmp_path / "log").read_text()) == ["worker"]


def test_however_many_streams_hang_the_end_of_a_process_takes_five_seconds_for_all_of_them() -> None:
    program = (
        "import threading; from tests.novapulse.log.test_writing import say, writing, BackgroundHandler\n"
        "writing.leaving._LAST_SECONDS = 0.5\n"
        "for _ in range(40): say(BackgroundHandler(lambda _text: threading.Event().wait()))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # noqa: TID251  handed on
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, timeout=60, check=True)  # noqa: S603  ours

    assert time.monotonic() - began < 15  # half a second and an interpreter's start; one after another it would be 20


def test_who_asks_for_a_flush_does_not_meet_a_stream_that_hangs(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "_LAST_SECONDS", 0.2)
    monkeypatch.setattr(writing, "_GATHER_SECONDS", 3_600)  # the thread has not yet begun to write
    is_read, writers = Event(), list[str]()

    def write(_text: str) -> None:
        writers.append(current_thread().name)
        is_read.wait(3)

    handler = opened(BackgroundHandler(write))
    say(handler)
    handler.flush()
    is_read.set()

    wait_until(lambda: writers, seconds=10)
    assert writers == ["log"]


def test_a_count_of_characters_that_two_threads_have_spoilt_refuses_nobody_for_ever(opened: Open) -> None:
    written: list[str] = []
    handler = opened(BackgroundHandler(written.append))
    handler._characters = writing._MOST_CHARACTERS  # what `+=` leaves behind where the room was emptied just then
    say(handler, "first")
    handler.flush()
    say(handler, "second")
    handler.flush()

    assert rooms("".join(written)) == ["first", "second"]
    assert handler.lost == 0


def test_four_processes_share_a_file_and_go_on_in_the_next_without_tearing_or_losing_a_line(tmp_path: Path) -> None:
    program = (
        "import sys; from tests.novapulse.log.test_writing import say, writing, JsonFormatter\n"
        "writing._FILE_BYTES, writing._OLD_FILES = 60_000, 50\n"
        "handler = writing.FileHandler(sys.argv[1]); handler.setFormatter(JsonFormatter())\n"
        "for number in range(500): say(handler, f'{sys.argv[2]}-{number}'); number % 50 or handler.flush()\n"
        "handler.close()"
    )
    argv = [sys.executable, "-c", program, str(tmp_path / "new" / "application.log")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # noqa: TID251  handed on
    running = [subprocess.Popen([*argv, str(each)], cwd=ROOT, env=environment) for each in range(4)]  # noqa: S603  ours
    assert [each.wait(60) for each in running] == [0, 0, 0, 0]

    files = list((tmp_path / "new").glob("application.log*"))
    found = [room for path in files for room in rooms(path.read_text())]
    assert len(files) > 2
    assert sorted(found) == sorted(f"{process}-{number}" for process in range(4) for number in range(500))


def test_the_console_is_the_standard_error(opened: Open, capsys: pytest.CaptureFixture[str]) -> None:
    handler = opened(ConsoleHandler())
    say(handler, "there")
    handler.flush()

    assert rooms(capsys.readouterr().err) == ["there"]


def test_laying_a_line_down_costs_less_than_writing_it(opened: Open) -> None:
    assert writing._GATHER_SECONDS <= 0.05  # what a process that is killed may not have written
    assert opened(BackgroundHandler(lambda _text: None)).lock is None
