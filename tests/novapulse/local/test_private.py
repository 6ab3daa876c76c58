"""The set of a test run."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from redis import Redis

from novapulse.local.private import running_services
from novapulse.local.redis import REDIS

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.servers

RUN = """
import signal, tempfile
from novapulse.local.private import running_services
from novapulse.local.redis import REDIS
with running_services(wanted=[REDIS]) as urls:
    print(urls["REDIS_URL"], flush=True)
    signal.pause()
"""


def test_a_private_set_goes_with_its_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with running_services(wanted=[REDIS]) as urls, Redis.from_url(urls["REDIS_URL"]) as redis:
        assert redis.ping()
        assert len(list(folder.iterdir())) == 1
    assert list(folder.iterdir()) == []


def test_a_private_set_goes_with_its_folder_when_the_run_is_killed(
    folder: Path, until: Callable[..., None], left_in: Callable[[Path], list[str]]
) -> None:
    environment = {"TMPDIR": str(folder), "PYTHONPATH": str(Path(__file__).parents[3])}
    argv = [sys.executable, "-c", RUN]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, env=environment) as run:  # noqa: S603  a program of ours
        assert run.stdout is not None
        assert run.stdout.readline().startswith(b"redis://")
        run.kill()
    until(lambda: left_in(folder) == [])
    until(lambda: list(folder.iterdir()) == [])
