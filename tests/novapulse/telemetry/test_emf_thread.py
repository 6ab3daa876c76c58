"""The thread that writes CloudWatch's lines, in processes of its own."""

from __future__ import annotations

import json
import subprocess
import sys

_PROGRAM = """
import os, time
from novapulse.telemetry import catalogue, meter
from novapulse.telemetry.catalogue import Kind, Metric
from novapulse.telemetry.emf import Writer
from novapulse.telemetry.emf_thread import EmfThread

catalogue.register(Metric("test.count", Kind.COUNTER, "{thing}", "Things."))
meter.counter("test.count").add(3)
thread = EmfThread(lambda: Writer(namespace="Test", base={"service": "test"}), seconds=SECONDS)
thread.start()

def wait_for_a_line():
    while not thread._writer._since._numbers:
        time.sleep(0.01)
"""


def lines_of(program: str, *, seconds: float) -> list[int]:
    code = _PROGRAM.replace("SECONDS", str(seconds)) + program
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)  # noqa: S603  our own program
    return [json.loads(line)["test.count"] for line in done.stdout.splitlines()]


def test_what_was_counted_goes_out_with_the_end_of_the_process() -> None:
    assert lines_of("meter.counter('test.count').add(1)", seconds=3600) == [4]


def test_it_is_written_every_so_often_and_once() -> None:
    assert lines_of("wait_for_a_line(); meter.counter('test.count').add(1)", seconds=0.05) == [3, 1]


def test_a_child_of_a_fork_tells_its_own() -> None:
    program = """
if os.fork() == 0:
    meter.counter("test.count").add(10)
    wait_for_a_line()
    thread._leave()  # what it has written by then is written
    os._exit(0)
os.wait()
"""
    assert sorted(lines_of(program, seconds=0.1)) == [3, 10]


def test_a_pipe_that_nobody_reads_keeps_nobody_from_ending() -> None:
    program = "import sys; sys.stdout.close()"

    assert lines_of(program, seconds=0.05) == []


def test_who_ends_the_process_does_not_write_to_a_pipe_that_is_full() -> None:
    program = """
from novapulse.log import leaving
class Full:
    def write(self, text): threading.Event().wait()
import sys, threading
sys.stdout = Full()
leaving.leave()
os._exit(0)
"""
    assert lines_of(program, seconds=3600) == []
