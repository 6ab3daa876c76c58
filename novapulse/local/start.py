"""Bringing one server to the point where it answers."""

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from novapulse import clock
from novapulse.local.errors import LocalServiceError, NotReadyError
from novapulse.local.guard import FIRST_IN, LAST_IN, Guard
from novapulse.local.ports import HOST
from novapulse.local.process import is_running, observe
from novapulse.local.service import Launch, Service, Site
from novapulse.local.state import Record

_PATIENCE = timedelta(seconds=30)
_POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Job:
    """One server to bring up: the port for it, and the record of the last start, if any."""

    service: Service
    port: int
    last: Record | None


@dataclass(frozen=True)
class Ready:
    """One server that answers: its record for the state file, how long it took, and whether it ran already."""

    service: Service
    record: Record
    seconds: float
    reused: bool

    @property
    def sentence(self) -> str:
        """Say so to a person, in one line."""
        how = "already running" if self.reused else f"{self.seconds:.1f} s"
        return f"{self.service.title} ready on {HOST}:{self.record.port} ({how})"


@dataclass(frozen=True)
class Starter:
    """Starts servers in one folder under one guard, until `cancelled` is set."""

    folder: Path
    guard: Guard
    cancelled: threading.Event

    def bring_up(self, job: Job) -> Ready:
        """Return the server once it answers: the one of the last start if it still runs, else a new one.

        Raises LocalServiceError when it exits, is not ready in 30 s, or the start was cancelled.
        """
        began = clock.monotonic()
        service = job.service
        site = Site(folder=self.folder, name=service.name, port=job.port)
        record = self._reused(service, site, job.last)
        reused = record is not None
        if record is None:
            record = self._started(service, site)
        return Ready(service=service, record=record, seconds=clock.monotonic() - began, reused=reused)

    def _reused(self, service: Service, site: Site, last: Record | None) -> Record | None:
        """Return the running server's record; None when there is none, or when it was just about to stop."""
        if last is None or not is_running(last.mark):
            return None
        answers = self._await(service, site, lambda: is_running(last.mark))
        return last if answers else None

    def _started(self, service: Service, site: Site) -> Record:
        site.log.parent.mkdir(parents=True, exist_ok=True)
        self._install(service, site)
        process = self.guard.spawn(service.command(site), log=site.log, stop_signal=service.stop_signal, stage=FIRST_IN)
        mark = observe(process.pid)
        if not self._await(service, site, lambda: process.poll() is None) or mark is None:
            raise LocalServiceError(f"{service.title} exited before it was ready; its log is {site.log}.")
        return Record(
            variable=service.variable,
            url=service.url(site.port),
            port=site.port,
            pid=mark.pid,
            started_ticks=mark.started_ticks,
        )

    def _await(self, service: Service, site: Site, runs: Callable[[], bool]) -> bool:
        """Ask until the server answers (True) or no longer runs (False)."""
        deadline = clock.monotonic() + _PATIENCE.total_seconds()
        while runs():
            try:
                service.set_up(site)
                service.probe(site)
            except NotReadyError as error:
                self._hold_on(service, site, deadline=deadline, error=error)
            else:
                return runs()
        return False

    def _hold_on(self, service: Service, site: Site, *, deadline: float, error: NotReadyError) -> None:
        if clock.monotonic() > deadline:
            seconds = round(_PATIENCE.total_seconds())
            raise LocalServiceError(
                f"{service.title} is not ready after {seconds} s; its log is {site.log}."
            ) from error
        if self.cancelled.wait(_POLL_SECONDS):
            raise LocalServiceError(f"The start of {service.title} was cancelled.") from error

    def _install(self, service: Service, site: Site) -> None:
        def run(launch: Launch) -> None:
            if run_to_end(launch, guard=self.guard, log=site.log) != 0:
                raise LocalServiceError(f"{service.title} could not be installed; its log is {site.log}.")

        try:
            service.install(site, run)
        except OSError as error:
            raise LocalServiceError(f"{service.title} could not be installed: {error}.") from error


def run_to_end(launch: Launch, *, guard: Guard, log: Path) -> int:
    """Run a command under the guard and return its exit code."""
    return guard.spawn(launch, log=log, stop_signal=signal.SIGTERM, stage=LAST_IN).wait()
