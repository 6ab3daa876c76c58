"""What is spawned under a guard ends with its holder, however the holder ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import pytest

from novapulse.local.guard import FIRST_IN, LAST_IN, guarding
from novapulse.local.process import Stop, is_running, observe, stop_all
from novapulse.local.service import Launch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SLEEP = Launch(("/bin/sleep", "60"))
HOLDER = """
import os, signal, sys
from pathlib import Path
from novapulse.local.guard import guarding
from novapulse.local.service import Launch
folder = Path(sys.argv[1])
with guarding(folder) as guard:
    launch = Launch(("/bin/sleep", "60"), {"FOLDER": str(folder)})
    for _ in range(int(sys.argv[2])):
        last = guard.spawn(launch, log=folder / "log", stop_signal=15, stage=1)
    print(last.pid, flush=True)
    if sys.argv[3] == "release":
        guard.release()
    signal.pause()
"""


@contextmanager
def _holder(folder: Path, *, count: int, then: str = "hold") -> Iterator[IO[bytes]]:
    """Run a holder, give what it prints, and kill it at the end of the block."""
    argv = [sys.executable, "-c", HOLDER, str(folder), str(count), then]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as process:  # noqa: S603  a program of ours
        assert process.stdout is not None
        try:
            yield process.stdout
        finally:
            process.kill()


@pytest.fixture
def sleepers(left_in: Callable[[Path], list[str]]) -> Callable[[Path], int]:
    return lambda folder: sum(line.startswith("/bin/sleep") for line in left_in(folder))


def test_what_was_spawned_ends_when_the_holder_is_killed(
    folder: Path, sleepers: Callable[[Path], int], until: Callable[..., None], left_in: Callable[[Path], list[str]]
) -> None:
    with _holder(folder, count=3) as output:
        output.readline()
        assert sleepers(folder) == 3
    until(lambda: left_in(folder) == [])


def test_nothing_is_left_when_the_holder_is_killed_while_it_spawns(
    folder: Path, sleepers: Callable[[Path], int], until: Callable[..., None], left_in: Callable[[Path], list[str]]
) -> None:
    for _ in range(5):
        with _holder(folder, count=1000):
            until(lambda: sleepers(folder) > 0)
        until(lambda: left_in(folder) == [])


def test_what_was_released_outlives_its_holder(
    folder: Path, until: Callable[..., None], left_in: Callable[[Path], list[str]]
) -> None:
    with _holder(folder, count=1, then="release") as output:
        sleeper = observe(int(output.readline()))
        until(lambda: not any("novapulse.local.watchdog" in line for line in left_in(folder)))
    assert sleeper is not None
    assert is_running(sleeper)
    stop_all([Stop(sleeper)])


def test_the_holder_stops_everything_itself_when_its_watchdog_was_killed(folder: Path) -> None:
    with guarding(folder) as guard:
        sleeper = guard.spawn(SLEEP, log=folder / "log", stop_signal=signal.SIGTERM, stage=FIRST_IN)
        guard.watchdog.kill()
    assert sleeper.returncode == -signal.SIGTERM


def test_what_came_last_stops_first(folder: Path, until: Callable[..., None]) -> None:
    order = folder / "order"
    with guarding(folder) as guard:
        for name, stage in (("store", FIRST_IN), ("web", LAST_IN)):
            script = (
                f"trap 'sleep 0.2; echo {name} >> {order}; exit' TERM; echo up >> {order}; while :; do sleep 0.05; done"
            )
            guard.spawn(
                Launch(("/bin/sh", "-c", script), {"PATH": os.defpath}),
                log=folder / "log",
                stop_signal=signal.SIGTERM,
                stage=stage,
            )
        until(lambda: order.exists() and order.read_text() == "up\nup\n")
    assert order.read_text() == "up\nup\nweb\nstore\n"


def test_the_holder_gets_sigterm_when_the_owner_of_it_all_is_killed(folder: Path, until: Callable[..., None]) -> None:
    came: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: came.append(number))
    with subprocess.Popen(["/bin/sleep", "60"]) as owner, guarding(folder, owner=observe(owner.pid)):
        owner.kill()
        until(lambda: came == [signal.SIGTERM])
    signal.signal(signal.SIGTERM, before)


def test_the_folder_goes_with_its_servers_when_it_was_to_be_removed(folder: Path) -> None:
    with guarding(folder / "private", remove=True):
        assert (folder / "private").is_dir()
    assert not (folder / "private").exists()
