"""A local folder of one's own, and what still runs there."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from novapulse.local.nobody import remove
from novapulse.local.process import observe
from novapulse.local.stack import down

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give an empty folder that every account can reach (pytest's own is closed to nobody, who runs PostgreSQL)."""
    made = Path(tempfile.mkdtemp(prefix="local-test-"))
    made.chmod(0o755)
    yield made
    down(made)
    remove(made)


@pytest.fixture
def closed_folder(folder: Path) -> Iterator[Path]:
    """Give a folder below one that only its owner may enter, as root's home is."""
    folder.chmod(0o700)
    made = folder / "checkout" / ".local"
    made.mkdir(parents=True)
    yield made
    down(made)
    remove(made)
    shutil.rmtree(folder / "checkout")


@pytest.fixture
def left_in() -> Callable[[Path], list[str]]:
    """Give the command lines of the processes that name a folder in their arguments or environment."""
    return _left_in


def _left_in(folder: Path) -> list[str]:
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())
    found = ((pid, _text(pid, "cmdline")) for pid in pids if pid != os.getpid() and observe(pid))
    return [cmdline for pid, cmdline in found if str(folder) in cmdline + _text(pid, "environ")]


def _text(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(errors="replace").replace("\0", " ")
    except OSError:
        return ""


@pytest.fixture
def until() -> Callable[..., None]:
    """Wait for a condition, at most half a minute, and fail the test when it does not come."""
    return _until


def _until(condition: Callable[[], bool], *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not come true in time."
        time.sleep(0.02)
