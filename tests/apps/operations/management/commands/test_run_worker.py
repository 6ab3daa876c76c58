"""`manage.py run_worker` as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from novapulse.queues import names
from tests import queues

if TYPE_CHECKING:
    from pymongo.database import Database

ROOT = Path(__file__).resolve().parents[5]
_MOST_SECONDS = 60


@pytest.mark.servers
def test_a_worker_starts_and_leaves_when_it_is_told_to(database: Database[dict[str, Any]], tmp_path: Path) -> None:
    queues.make()
    log, variables = tmp_path / "log", {"QUEUE_PREFIX": names.current().prefix}
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test", **variables}  # noqa: TID251  handed on
    with log.open("wb") as output:
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "run_worker", "--threads", "1"], cwd=ROOT, env=environment, stderr=output
        )
    try:
        began = time.monotonic()
        while "worker.started" not in log.read_text():
            assert time.monotonic() - began < _MOST_SECONDS, log.read_text()
            time.sleep(0.1)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(_MOST_SECONDS) == 0
    finally:
        worker.kill()
    assert '"has_ended":true' in log.read_text()


@pytest.mark.parametrize(
    "arguments", [("--queues", "nowhere"), ("--queues", "default:0"), ("--queues", "default:x"), ("--threads", "0")]
)
def test_what_makes_no_sense_is_refused(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("run_worker", *arguments)
