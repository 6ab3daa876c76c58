"""Processes of one server: whoever is asked tells for all."""

from __future__ import annotations

import multiprocessing.util
import os
import signal
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from novapulse.telemetry import meter, neighbours
from novapulse.telemetry.catalogue import Kind, Metric
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNT = Metric("test.count", Kind.COUNTER, "{thing}", "Things.")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registered: Any) -> Path:
    """Give the folder of a server's processes, which count one metric."""
    folder = tmp_path / "processes"
    monkeypatch.setattr(neighbours, "folder", lambda: folder)
    registered(COUNT)
    return folder


@pytest.fixture
def children(place: Path) -> Iterator[list[int]]:
    """Give two processes that have joined, having counted as often as they come in the list."""
    made = []
    for number in (1, 2):
        child = os.fork()
        if child == 0:
            meter.counter(COUNT.name).add(number)
            neighbours._join()
            signal.pause()
            os._exit(0)
        made.append(child)
    wait_until(lambda: all((place / str(child)).exists() for child in made))
    yield made
    for child in made:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_each_process_tells_for_itself_and_whoever_is_asked_for_all(children: list[int]) -> None:
    meter.counter(COUNT.name).add(10)
    counts = {os.getpid(): 10, children[0]: 1, children[1]: 2}

    text = neighbours.text()
    for process, count in counts.items():
        assert f'test_count_total{{process="{process}"}} {count}\n' in text


def test_one_that_has_died_is_missing_and_its_socket_goes(children: list[int], place: Path) -> None:
    os.kill(children[0], signal.SIGKILL)
    dead, living = children
    wait_until(lambda: neighbours.text() and not (place / str(dead)).exists())

    assert [path.name for path in place.iterdir()] == [str(living)]
    assert f'process="{dead}"' not in neighbours.text()
    wait_until(lambda: f'process="{living}"' in neighbours.text())  # missing too while it is too busy to answer


def test_one_that_does_not_listen_yet_keeps_its_socket(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    may_listen, listen = place.parent / "may-listen", socket.socket.listen

    def late(door: socket.socket, waiting: int) -> None:
        wait_until(may_listen.exists)
        listen(door, waiting)

    monkeypatch.setattr(socket.socket, "listen", late)
    child = os.fork()
    if child == 0:
        meter.counter(COUNT.name).add(1)
        neighbours._join()
        signal.pause()
        os._exit(0)
    try:
        wait_until(lambda: place.is_dir() and any(place.iterdir()))
        assert f'process="{child}"' not in neighbours.text()
        may_listen.touch()
        wait_until(lambda: f'process="{child}"' in neighbours.text())
        assert (place / str(child)).is_socket()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_one_that_ends_takes_its_socket_away_and_the_last_one_the_folder(place: Path) -> None:
    child = os.fork()
    if child == 0:
        neighbours._join()
        was_there = (place / str(os.getpid())).exists()
        multiprocessing.util._exit_function()
        os._exit(0 if was_there and not place.exists() else 1)

    assert os.waitpid(child, 0)[1] == 0


def test_whoever_joins_takes_away_what_servers_that_are_gone_have_left(place: Path) -> None:
    gone, there = (place.parent / f"{neighbours._prefix()}{number}" for number in (2**31, os.getpid()))
    for folder in (gone, there):
        folder.mkdir()
        (folder / "1").touch()
    neighbours._join()

    assert (gone.exists(), there.exists()) == (False, True)


def test_one_that_hangs_is_left_out_and_nobody_waits_long(children: list[int]) -> None:
    os.kill(children[0], signal.SIGSTOP)
    tasks = Path(f"/proc/{children[0]}/task")
    wait_until(lambda: all(") T " in (task / "stat").read_text() for task in tasks.iterdir()))
    began = time.monotonic()
    text = neighbours.text()
    took = time.monotonic() - began
    os.kill(children[0], signal.SIGCONT)

    assert took < 10  # a second, on a machine that is not busy
    assert f'process="{children[0]}"' not in text
    assert f'process="{children[1]}"' in text


def test_one_that_drips_is_not_waited_for_longer_than_one_that_hangs(place: Path) -> None:
    place.mkdir(mode=0o700)
    is_over = threading.Event()

    def drip() -> None:
        line, _ = door.accept()
        with line, suppress(OSError):
            while not is_over.wait(0.1):
                line.sendall(b" ")

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(str(place / "1"))
        door.listen()
        thread, alarm = threading.Thread(target=drip), threading.Timer(20, is_over.set)
        thread.start()
        alarm.start()
        neighbours.text()
        was_over = is_over.is_set()
        is_over.set()
        alarm.cancel()
        thread.join()

    assert not was_over


def test_one_that_tells_without_an_end_is_left_out(children: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    assert f'process="{children[0]}"' in neighbours.text()
    monkeypatch.setattr(neighbours, "_MOST_BYTES", 10)

    assert f'process="{children[0]}"' not in neighbours.text()


def test_a_folder_that_others_may_enter_is_not_read(children: list[int], place: Path) -> None:
    place.chmod(0o755)

    assert f'process="{children[0]}"' not in neighbours.text()


def test_a_folder_that_others_may_enter_is_not_joined(place: Path) -> None:
    place.mkdir()
    place.chmod(0o755)
    neighbours._join()

    assert list(place.iterdir()) == []
