"""The watchdog itself; what it does for a guard is tested in test_guard.py."""

from __future__ import annotations

import fcntl
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from novapulse.local.guard import FIRST_IN, guarding
from novapulse.local.process import is_running, observe
from novapulse.local.service import Launch
from novapulse.local.state import LOCK_FILE

if TYPE_CHECKING:
    from collections.abc import Callable

SLEEP = Launch(("/bin/sleep", "60"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_watchdog_does_not_leave_its_post_for_a_signal(
    folder: Path, number: signal.Signals, until: Callable[..., None]
) -> None:
    with guarding(folder) as guard:
        sleeper = guard.spawn(SLEEP, log=folder / "log", stop_signal=signal.SIGTERM, stage=FIRST_IN)
        watchdog = observe(guard.watchdog.pid)
        assert watchdog is not None
        until(lambda: _ignores(watchdog.pid, number))
        guard.watchdog.send_signal(number)
        time.sleep(0.3)
        assert is_running(watchdog)
    assert sleeper.returncode == -signal.SIGTERM


def test_the_watchdog_waits_for_whoever_holds_the_folder_before_it_stops_servers(folder: Path) -> None:
    with guarding(folder) as guard:
        sleeper = guard.spawn(SLEEP, log=folder / "log", stop_signal=signal.SIGTERM, stage=FIRST_IN)
        with (folder / LOCK_FILE).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            assert guard.watchdog.stdin is not None
            guard.watchdog.stdin.close()
            time.sleep(0.5)
            assert sleeper.poll() is None
    assert sleeper.returncode == -signal.SIGTERM


def _ignores(pid: int, number: signal.Signals) -> bool:
    line = next(each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith("SigIgn"))
    return bool(int(line.split()[1], 16) >> (number - 1) & 1)
