"""What a process still has to tell goes out when it ends, whichever way it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from novapulse.log import leaving
from tests.architecture.source import ROOT

# One thing of each kind waits: a line of metrics, a shipper's item, a line of the log.
_PROGRAM = """
import logging, os
from novapulse.log import leaving, writing
from novapulse.telemetry import catalogue, meter, shipping
from novapulse.telemetry.catalogue import Kind, Metric
from novapulse.telemetry.emf import Writer
from novapulse.telemetry.emf_thread import EmfThread
from novapulse.telemetry.ring import Item

class Place:
    def open(self): pass
    def send(self, batch):
        print("shipped", flush=True)
        return ()
    def forget(self): pass

writing._GATHER_SECONDS = 3600
catalogue.register(Metric("test.count", Kind.COUNTER, "{thing}", "Things."))
meter.counter("test.count").add(3)
EmfThread(lambda: Writer(namespace="Test", base={"service": "test"}), seconds=3600).start()
shipping.Shipper("place", Place(), interval_seconds=3600).put(Item(0.0, 20, 1, "one"))
record = logging.makeLogRecord({"levelno": logging.INFO})
writing.BackgroundHandler(lambda text: print("logged", flush=True)).handle(record)
"""

_RECYCLED = """
import signal
from novapulse.resilience.overruns import overruns
signal.signal(signal.SIGTERM, signal.SIG_IGN)
overruns._recycle()
"""


@pytest.mark.parametrize(
    ("end", "code"),
    [("", 0), ("leaving.leave(); os._exit(3)", 3), (_RECYCLED, 1)],
    ids=["by itself", "_exit", "recycled"],
)
def test_metrics_what_is_shipped_and_the_log_go_out_once_whichever_way_a_process_ends(end: str, code: int) -> None:
    argv = [sys.executable, "-c", _PROGRAM + end]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603  ours
    told = [line if line.isalpha() else json.loads(line)["test.count"] for line in done.stdout.splitlines()]

    assert (done.returncode, sorted(map(str, told))) == (code, ["3.0", "logged", "shipped"])
    assert told[-1] == "logged"


def test_all_have_five_seconds_together_and_the_ranks_say_who_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "_acts", {})
    monkeypatch.setattr(leaving._End, "at", None)
    left: list[tuple[str, float]] = []
    leaving.at_the_end(lambda: left.append(("log", leaving.seconds_left())), rank=leaving.LOGS_LAST)
    leaving.at_the_end(lambda: left.append(("ship", leaving.seconds_left())) or time.sleep(0.1), rank=leaving.FIRST)
    leaving.leave()
    leaving.leave()

    (first, before), (second, after) = left
    assert (first, second) == ("ship", "log")
    assert before <= 5
    assert after <= before - 0.09


def test_a_child_of_a_fork_is_not_ending_because_its_parent_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "_acts", {})
    monkeypatch.setattr(leaving._End, "at", 0.0)
    child = os.fork()
    if child == 0:
        os._exit(0 if leaving.seconds_left() == leaving._LAST_SECONDS else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert leaving.seconds_left() == 0
