"""Three streams: what happens, what somebody should look at, who did what."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import TYPE_CHECKING

from novapulse.log.streams import Streams
from tests.architecture.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_PROGRAM = """
import json, logging.config, sys
from novapulse import log
logging.config.dictConfig(json.loads(sys.argv[1]))
log.event(logging.getLogger("novapulse.test"), "gate.redis_is_away", level=logging.WARNING)
log.event(logging.getLogger("novapulse.test"), "worker.wedged", level=logging.ERROR)
log.event(logging.getLogger("novapulse.audit"), "auth.reset", identity_id="i")
log.event(logging.getLogger("novapulse.test"), "worker.stopped", has_ended=True)
logging.getLogger("pymongo.command").info("find")
"""


def said(streams: Streams) -> tuple[list[str], list[str]]:
    argv = [sys.executable, "-c", _PROGRAM, json.dumps(streams.configuration())]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603  ours
    return events(done.stdout), events(done.stderr)


def events(text: str) -> list[str]:
    return [json.loads(line)["event"] for line in text.splitlines()]


def test_each_stream_has_its_file_and_the_console_has_all(tmp_path: Path) -> None:
    nothing, console = said(Streams(level="WARNING", folder=str(tmp_path)))

    assert nothing == []
    assert sorted(console) == ["auth.reset", "gate.redis_is_away", "worker.wedged"]
    assert events((tmp_path / "application.log").read_text()) == ["gate.redis_is_away", "worker.wedged"]
    assert events((tmp_path / "error.log").read_text()) == ["worker.wedged"]
    assert events((tmp_path / "audit.log").read_text()) == ["auth.reset"]


def test_on_aws_lambda_lines_go_to_the_standard_output_before_the_call_returns() -> None:
    configuration = Streams(console="plain-stdout").configuration()

    assert configuration["handlers"]["console"]["class"] == "logging.StreamHandler"
    assert said(Streams(console="plain-stdout"))[0] == [
        *("gate.redis_is_away", "worker.wedged", "auth.reset", "worker.stopped"),
    ]


def test_libraries_that_say_much_are_quiet_at_any_level() -> None:
    assert "pymongo" in Streams(level="DEBUG").configuration()["loggers"]
    assert logging.getLogger("pymongo").level == logging.WARNING
