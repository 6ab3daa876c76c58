"""All local servers together: up, down, status."""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from novapulse.local import state
from novapulse.local.aws import AWS, CREDENTIALS, REGION
from novapulse.local.errors import NotReadyError
from novapulse.local.guard import Guard
from novapulse.local.mongo import MONGO
from novapulse.local.ports import free_port
from novapulse.local.postgres import POSTGRES
from novapulse.local.process import Stop, is_running, stop_all
from novapulse.local.redis import REDIS
from novapulse.local.service import Service, Site
from novapulse.local.start import Job, Ready, Starter

ALL = (MONGO, REDIS, POSTGRES, AWS)


RUNNING = "running"
ELSEWHERE = "elsewhere"
SILENT = "runs but does not answer"
DOWN = "down"


@dataclass(frozen=True)
class Status:
    """One server as `status` finds it; `url` is empty unless it runs here (one elsewhere may carry a password)."""

    title: str
    variable: str
    condition: str
    url: str

    @property
    def is_down(self) -> bool:
        """Tell whether one that should run here does not."""
        return self.condition not in {RUNNING, ELSEWHERE}


def to_run(given: Collection[str]) -> tuple[Service, ...]:
    """Return the servers to run here: those whose variable nobody has pointed elsewhere."""
    return tuple(service for service in ALL if service.variable not in given)


def local_environment(urls: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that point a program at the servers of `urls` (variable name -> URL).

    With the local AWS endpoint come credentials that open nothing, in place of any real ones.
    """
    if AWS.variable not in urls:
        return dict(urls)
    return {**urls, **CREDENTIALS, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}


def _silence(_ready: Ready) -> None:
    """Report to nobody."""


def up(
    folder: Path,
    *,
    guard: Guard,
    wanted: Sequence[Service] = ALL,
    report: Callable[[Ready], None] = _silence,
) -> dict[str, str]:
    """Bring up the wanted servers in parallel and return variable name -> URL.

    Takes up what already runs in `folder`; calls `report` with each server as it becomes ready. Two at once in the
    same folder take turns. Raises LocalServiceError when one cannot be started: leaving the guard stops the others.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with state.locked(folder):
        last = state.read(folder)
        starter = Starter(folder=folder, guard=guard, cancelled=threading.Event())
        done = _brought_up(starter, _jobs(wanted, last), report=report)
        records = {ready.service.name: ready.record for ready in done}
        state.write(folder, last | records)
    return {service.variable: records[service.name].url for service in wanted}


def crashed(folder: Path, *, guard: Guard, among: Sequence[Service]) -> tuple[Service, ...]:
    """Return the servers that were started under this guard and have ended although nobody asked them to."""
    pids = guard.crashed()
    with state.locked(folder):
        records = state.read(folder)
    gone = {name for name, record in records.items() if record.pid in pids and not is_running(record.mark)}
    return tuple(each for each in among if each.name in gone)


def _brought_up(starter: Starter, jobs: Sequence[Job], *, report: Callable[[Ready], None]) -> list[Ready]:
    with ThreadPoolExecutor(max_workers=len(ALL)) as pool, _cancelling(starter):
        futures = [pool.submit(starter.bring_up, job) for job in jobs]
        done = []
        for future in as_completed(futures):
            report(future.result())
            done.append(future.result())
        return done


@contextmanager
def _cancelling(starter: Starter) -> Iterator[None]:
    """Tell the other starts to give up when one has failed, or Ctrl-C was pressed."""
    try:
        yield
    except BaseException:
        starter.cancelled.set()
        raise


def _jobs(wanted: Sequence[Service], last: Mapping[str, state.Record]) -> list[Job]:
    """Give each server its port: where it runs, else where it ran last if that is free, else a new one."""
    jobs: list[Job] = []
    for service in wanted:
        record = last.get(service.name)
        if record is not None and is_running(record.mark):
            port = record.port
        else:
            port = free_port(preferred=record.port if record else None, taken=[job.port for job in jobs])
        jobs.append(Job(service=service, port=port, last=record))
    return jobs


def down(folder: Path) -> tuple[str, ...]:
    """Stop what runs in `folder`, whoever started it, and return the names of what was stopped. Keeps the data."""
    if not folder.is_dir():
        return ()
    signals = {service.name: service.stop_signal for service in ALL}
    with state.locked(folder):
        records = state.read(folder)
        running = {name: record for name, record in records.items() if is_running(record.mark)}
        stop_all([Stop(record.mark, signals[name]) for name, record in running.items()])
        # Nobody's process any more, so that whoever had started it does not take it for crashed.
        stopped = {name: replace(record, pid=0, started_ticks=0) for name, record in running.items()}
        state.write(folder, records | stopped)
    return tuple(running)


def status(folder: Path, *, given: Collection[str]) -> tuple[Status, ...]:
    """Return the condition of each server, asked now; one whose variable is in `given` runs elsewhere: it is not."""
    records = state.read(folder)
    return tuple(
        Status(title=service.title, variable=service.variable, condition=ELSEWHERE, url="")
        if service.variable in given
        else _found(service, folder, records.get(service.name))
        for service in ALL
    )


def _found(service: Service, folder: Path, record: state.Record | None) -> Status:
    if record is None or not is_running(record.mark):
        return Status(title=service.title, variable=service.variable, condition=DOWN, url="")
    condition = _asked(service, Site(folder=folder, name=service.name, port=record.port))
    return Status(title=service.title, variable=service.variable, condition=condition, url=record.url)


def _asked(service: Service, site: Site) -> str:
    try:
        service.probe(site)
    except NotReadyError:
        return SILENT
    return RUNNING
