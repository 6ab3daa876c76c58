"""What `make run` does: servers, preparations, web server; and all of it ends with whoever asked for it."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

from novapulse import clock
from novapulse.local.asking import ask
from novapulse.local.errors import LocalServiceError, NotReadyError
from novapulse.local.guard import LAST_IN, Guard, guarding
from novapulse.local.ports import HOST, is_free
from novapulse.local.process import ProcessMark, kill_group
from novapulse.local.service import Launch, Service
from novapulse.local.stack import crashed, local_environment, to_run, up
from novapulse.local.start import run_to_end

_WEB_PATIENCE = timedelta(seconds=30)
_POLL_SECONDS = 0.05
_PAUSE_SECONDS = 2.0  # between two looks at the worker and the servers: what cannot start is tried no more often

Say = Callable[[str], None]


class Stopped(BaseException):
    """SIGINT or SIGTERM came: the person has had enough. Not an error, hence not an Exception."""


@dataclass(frozen=True)
class Step:
    """One command to run to its end before the web server starts, and what to call it when it fails.

    It is run again when the server of `remakes` (its variable) was started again: that one keeps nothing.
    """

    title: str
    launch: Launch
    remakes: str = ""


@dataclass(frozen=True)
class Plan:
    """What to run: where, on which port, after which steps, and whose end ends it too (`owner`).

    `given` are the servers that run elsewhere, variable -> URL. The environments of the steps and of `web` get the
    URLs of all servers added. `worker` runs beside the web server and ends with it; if it ends before, another begins.
    """

    folder: Path
    port: int
    given: Mapping[str, str]
    steps: tuple[Step, ...]
    web: Launch
    worker: Launch
    owner: ProcessMark | None = None

    @property
    def address(self) -> str:
        """Give the URL that people open."""
        return f"http://{HOST}:{self.port}"

    def log(self, name: str) -> Path:
        """Give the log file of a step or of the web server."""
        return self.folder / "logs" / f"{name}.log"


def run(plan: Plan, *, say: Say) -> None:
    """Serve until SIGINT or SIGTERM, then stop everything that was started here; a SIGKILL has the same effect.

    Raises LocalServiceError when the port is in use, or when a server, a step or the web server fails.
    """
    if not is_free(plan.port):
        raise LocalServiceError(f"Port {plan.port} on {HOST} is in use: choose another, or stop what listens there.")
    try:
        with _stoppable(), guarding(plan.folder, owner=plan.owner) as guard:
            _serve(plan, guard=guard, say=say)
    except Stopped:
        say("Stopped.")


def _serve(plan: Plan, *, guard: Guard, say: Say) -> NoReturn:
    servers = _Servers(plan=plan, guard=guard, say=say)
    environment = servers.start()
    web = guard.spawn(_with(plan.web, environment), log=plan.log("web"), stop_signal=signal.SIGTERM, stage=LAST_IN)
    start_worker = partial(
        guard.spawn,
        _with(plan.worker, environment),
        log=plan.log("worker"),
        stop_signal=signal.SIGTERM,
        stage=LAST_IN,
    )
    worker = start_worker()
    _await_web(plan, web)
    say(f"NovaPulse is ready at {plan.address}")
    while not _has_ended(web, seconds=_PAUSE_SECONDS):
        if worker.poll() is not None:
            say(f"The worker ended by itself and is started again; its log is {plan.log('worker')}.")
            worker = start_worker()
        servers.revive(environment)
    kill_group(web.pid)
    raise LocalServiceError(f"The web server ended by itself; its log is {plan.log('web')}.")


@dataclass(frozen=True, kw_only=True)
class _Servers:
    """The servers of a plan, and what is made in them."""

    plan: Plan
    guard: Guard
    say: Say

    def start(self) -> dict[str, str]:
        """Bring them up, take the steps, and return the variables that lead to them."""
        urls = self._up(to_run(self.plan.given))
        environment = {**local_environment(urls), **self.plan.given}
        for step in self.plan.steps:
            self._take(step, environment)
        return environment

    def revive(self, environment: Mapping[str, str]) -> None:
        """Start again what has crashed, at its port; what does not start is tried again at the next look.

        Raises LocalServiceError when another program has taken the port.
        """
        for each in crashed(self.plan.folder, guard=self.guard, among=to_run(self.plan.given)):
            self.say(f"{each.title} has crashed and is started again; its log is {self.plan.log(each.name)}.")
            try:
                [(variable, url)] = self._up([each]).items()
            except LocalServiceError as error:
                self.say(str(error))
            else:
                self._welcome(variable, url, environment)

    def _welcome(self, variable: str, url: str, environment: Mapping[str, str]) -> None:
        if environment[variable] != url:
            raise LocalServiceError(f"The port of {environment[variable]} is taken by another program: start again.")
        for step in self.plan.steps:
            if step.remakes == variable:
                self._take(step, environment)

    def _up(self, wanted: Sequence[Service]) -> dict[str, str]:
        return up(self.plan.folder, guard=self.guard, wanted=wanted, report=lambda ready: self.say(ready.sentence))

    def _take(self, step: Step, environment: Mapping[str, str]) -> None:
        log = self.plan.log("prepare")
        if run_to_end(_with(step.launch, environment), guard=self.guard, log=log) != 0:
            raise LocalServiceError(f"{step.title} failed; its log is {log}.")


def _has_ended(process: subprocess.Popen[bytes], *, seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _with(launch: Launch, environment: Mapping[str, str]) -> Launch:
    return replace(launch, environment={**launch.environment, **environment})


def _await_web(plan: Plan, web: subprocess.Popen[bytes]) -> None:
    deadline = clock.monotonic() + _WEB_PATIENCE.total_seconds()
    while not _is_live(plan.port):
        if web.poll() is not None:
            kill_group(web.pid)
            raise LocalServiceError(f"The web server exited before it was ready; its log is {plan.log('web')}.")
        if clock.monotonic() > deadline:
            raise LocalServiceError(f"The web server does not answer; its log is {plan.log('web')}.")
        time.sleep(_POLL_SECONDS)


def _is_live(port: int) -> bool:
    try:
        ask(port, path="/health/live")
    except NotReadyError:
        return False
    return True


@contextmanager
def _stoppable() -> Iterator[None]:
    """Turn the first SIGINT or SIGTERM into Stopped; ignore more of them while everything is being stopped."""
    numbers = (signal.SIGINT, signal.SIGTERM)

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise Stopped

    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
