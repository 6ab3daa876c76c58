"""`make run`: what it started ends with it, what it only used stays."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from novapulse.local import known_urls
from novapulse.local.guard import guarding
from novapulse.local.ports import free_port
from novapulse.local.redis import REDIS
from novapulse.local.stack import down, up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.servers

PROGRAM = Path(__file__).with_name("serving.py")
ENVIRONMENT = {"PATH": os.defpath, "PYTHONPATH": str(PROGRAM.parents[3])}


@contextmanager
def _running(argv: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Run a command in a session of its own; whatever the test does, it has ended when the block ends."""
    with subprocess.Popen(  # noqa: S603  a program of ours
        argv, stdout=subprocess.PIPE, env=ENVIRONMENT, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)


def _serving(folder: Path, port: int, *more: str) -> list[str]:
    return [sys.executable, str(PROGRAM), str(folder), "--port", str(port), *more]


def _ended(argv: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, env=ENVIRONMENT, capture_output=True, text=True, check=False)  # noqa: S603  a program of ours


def _made(folder: Path, port: int) -> list[str]:
    """Give the command that has make run it, by a recipe like ours."""
    folder.joinpath("logs").mkdir()
    makefile = folder / "logs" / "Makefile"
    makefile.write_text(f"run:\n\t@exec {' '.join(_serving(folder, port))} --owner $$PPID\n")
    return ["/usr/bin/make", "-f", str(makefile), "run"]


def _await_ready(process: subprocess.Popen[str]) -> list[str]:
    """Give the lines printed up to the one that says that it is ready."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if line.startswith("NovaPulse is ready"):
            return lines
    raise AssertionError(lines)


def _child(process: subprocess.Popen[str], command: bytes) -> int:
    """Give the child that runs this command, 0 where there is none."""
    for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
        with contextlib.suppress(OSError):  # gone meanwhile
            if command in Path(f"/proc/{pid}/cmdline").read_bytes():
                return int(pid)
    return 0


def test_it_prints_what_a_person_needs_and_serves(folder: Path) -> None:
    port = free_port()
    with _running(_serving(folder, port, "--step", "print('demo: sign in so')")) as process:
        redis, step, ready = _await_ready(process)
        assert redis.startswith("Redis ready on 127.0.0.1:")
        assert step == "demo: sign in so"
        assert ready == f"NovaPulse is ready at http://127.0.0.1:{port}"
        answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).read().decode()
        assert answer == known_urls(folder)["REDIS_URL"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_the_program_gets_a_signal(
    folder: Path, number: signal.Signals, until: Callable[..., None], left_in: Callable[[Path], list[str]]
) -> None:
    with _running(_serving(folder, free_port())) as process:
        _await_ready(process)
        assert len(left_in(folder)) == 6  # the program, its watchdog, Redis, our worker, granian and granian's
        process.send_signal(number)
        assert process.wait(30) == (-number if number == signal.SIGKILL else 0)
    if number != signal.SIGKILL:  # a clean end has waited for the last of them
        assert left_in(folder) == []
    until(lambda: left_in(folder) == [])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_when_make_gets_a_signal(
    folder: Path, number: signal.Signals, until: Callable[..., None], left_in: Callable[[Path], list[str]]
) -> None:
    with _running(_made(folder, free_port())) as process:
        _await_ready(process)
        process.send_signal(number)
        process.wait(30)
        until(lambda: left_in(folder) == [])


def test_nothing_is_left_when_the_whole_group_is_killed(
    folder: Path, until: Callable[..., None], left_in: Callable[[Path], list[str]]
) -> None:
    with _running(_made(folder, free_port())) as process:
        _await_ready(process)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)
        until(lambda: left_in(folder) == [])


def test_nothing_is_left_when_it_is_killed_while_it_starts(
    folder: Path, until: Callable[..., None], left_in: Callable[[Path], list[str]]
) -> None:
    with _running(_serving(folder, free_port(), "--step", "import time; time.sleep(60)")) as process:
        until(lambda: any("time.sleep" in line and "serving.py" not in line for line in left_in(folder)))
        process.kill()
    until(lambda: left_in(folder) == [])


def test_what_ran_before_stays(folder: Path, left_in: Callable[[Path], list[str]]) -> None:
    with guarding(folder) as guard:
        urls = up(folder, guard=guard, wanted=[REDIS])
        before = left_in(folder)
        with _running(_serving(folder, free_port())) as process:
            lines = _await_ready(process)
        assert lines[0].endswith("(already running)")
        assert left_in(folder) == before
        assert known_urls(folder) == urls


def test_a_port_in_use_is_one_sentence_and_starts_nothing(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = _ended(_serving(folder, port))
    assert answer.returncode == 1
    assert answer.stderr == f"Port {port} on 127.0.0.1 is in use: choose another, or stop what listens there.\n"
    assert not (folder / "services.json").exists()


def test_a_step_that_fails_is_one_sentence_and_leaves_nothing(
    folder: Path, left_in: Callable[[Path], list[str]]
) -> None:
    argv = _serving(folder, free_port(), "--step", "raise SystemExit('no table')")
    answer = _ended(argv)
    assert answer.returncode == 1
    assert answer.stderr == f"The step failed; its log is {folder}/logs/prepare.log.\n"
    assert (folder / "logs" / "prepare.log").read_text() == "no table\n"
    assert left_in(folder) == []


def test_a_worker_that_dies_is_followed_by_another(
    folder: Path, until: Callable[..., None], left_in: Callable[[Path], list[str]]
) -> None:
    with _running(_serving(folder, free_port())) as process:
        _await_ready(process)
        first = _child(process, b"time.sleep(600)")
        os.kill(first, signal.SIGKILL)
        until(lambda: _child(process, b"time.sleep(600)") not in {0, first})
        process.terminate()
        assert process.wait(30) == 0
    assert left_in(folder) == []


def test_a_server_that_dies_is_started_again_where_it_was(folder: Path, left_in: Callable[[Path], list[str]]) -> None:
    with _running(_serving(folder, free_port(), "--step", "print('made')")) as process:
        _await_ready(process)
        before = known_urls(folder)
        os.kill(_child(process, b"redis-server"), signal.SIGKILL)
        assert process.stdout is not None
        said, ready, made = (process.stdout.readline() for _ in range(3))
        assert said == f"Redis has crashed and is started again; its log is {folder}/logs/redis.log.\n"
        assert ready.startswith("Redis ready on 127.0.0.1:")
        assert made == "made\n"  # what Redis kept in memory alone is made again
        assert known_urls(folder) == before
        process.terminate()
        assert process.wait(30) == 0
    assert left_in(folder) == []


@pytest.mark.parametrize("hangs", [False, True])
def test_a_server_that_was_asked_to_stop_stays_so(folder: Path, hangs: bool) -> None:  # noqa: FBT001  a parameter of the test
    with _running(_serving(folder, free_port())) as process:
        _await_ready(process)
        if hangs:  # so that it has to be killed
            os.kill(_child(process, b"redis-server"), signal.SIGSTOP)
        assert down(folder) == ("redis",)
        time.sleep(3)  # it looks each two seconds
        assert process.poll() is None
        assert known_urls(folder) == {}


def test_a_web_server_that_dies_is_one_sentence_and_leaves_nothing(
    folder: Path, left_in: Callable[[Path], list[str]]
) -> None:
    with _running(_serving(folder, free_port())) as process:
        _await_ready(process)
        os.kill(_child(process, b"granian"), signal.SIGKILL)
        assert process.wait(30) == 1
    assert left_in(folder) == []
