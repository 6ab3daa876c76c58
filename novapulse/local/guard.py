"""The near side of the watchdog: whatever is spawned under a guard stops when its holder ends, however it ends.

1. The guard starts a watchdog process that reads a pipe; only the holder, this process, has the other end.
2. Each process spawned under the guard announces itself in that pipe between fork and exec. Until its exec it holds
   the end as well, so the pipe cannot close before every process has announced itself.
3. The holder closes the pipe, or dies, by SIGKILL too: the watchdog reads the end of the file and stops all announced.
4. `release` tells the watchdog to leave them running and go.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from novapulse.local.errors import LocalServiceError
from novapulse.local.process import ProcessMark, Stop, observe, stop_all
from novapulse.local.service import Launch

# What is spawned LAST_IN stops before what is spawned FIRST_IN: a web server before its stores.
FIRST_IN = 1
LAST_IN = 0
RELEASE = b"release\n"
STOPPING_PATIENCE = timedelta(seconds=30)


@dataclass(frozen=True)
class Guard:
    """The hold of this process on its watchdog, and what was spawned under it with the signals that stop it."""

    watchdog: subprocess.Popen[bytes]
    spawned: list[tuple[subprocess.Popen[bytes], int]] = field(default_factory=list)

    def spawn(self, launch: Launch, *, log: Path, stop_signal: int, stage: int) -> subprocess.Popen[bytes]:
        """Start a process that the watchdog will stop, in a session of its own, its output appended to `log`."""
        pipe = self._pipe()

        def announce() -> None:
            os.write(pipe, f"{stage} {os.getpid()} {stop_signal}\n".encode())
            if launch.first:
                with suppress(OSError):  # not permitted, or not known to this kernel
                    os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))

        account = launch.account
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603  the argv is ours, and no shell reads it
                launch.argv,
                stdin=subprocess.DEVNULL,
                stdout=None if launch.shown else output,
                stderr=output,
                cwd=launch.cwd,
                env=dict(launch.environment),
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                start_new_session=True,
                # System calls between fork and exec: without that a SIGKILL in between would leave a process unknown.
                preexec_fn=announce,  # noqa: PLW1509  safe as long as it takes no lock, and it takes none
            )
        self.spawned.append((process, stop_signal))
        return process

    def crashed(self) -> frozenset[int]:
        """Return the numbers of the processes that ended with an error, or by a signal that nobody was to send them."""
        ended = ((process.pid, process.poll(), -number) for process, number in self.spawned)
        return frozenset(pid for pid, code, asked in ended if code not in {None, 0, asked})

    def release(self) -> None:
        """Let what was spawned outlive this process."""
        os.write(self._pipe(), RELEASE)
        for process, _ in self.spawned:
            process.returncode = 0  # nobody will wait for it: else Popen warns that it still runs
        self.spawned.clear()

    def _pipe(self) -> int:
        if self.watchdog.stdin is None:
            raise RuntimeError("The watchdog was started without its pipe.")
        return self.watchdog.stdin.fileno()

    def close(self) -> None:
        """Close the pipe and wait until the watchdog has stopped everything; do its work if somebody killed it."""
        if self.watchdog.stdin is not None:
            self.watchdog.stdin.close()
        if self.watchdog.wait(STOPPING_PATIENCE.total_seconds()) != 0:
            marks = ((observe(process.pid), number) for process, number in self.spawned)
            stop_all([Stop(mark, number) for mark, number in marks if mark is not None])
        for process, _ in self.spawned:
            process.wait()


@contextmanager
def guarding(folder: Path, *, owner: ProcessMark | None = None, remove: bool = False) -> Iterator[Guard]:
    """Start a watchdog for this process, and stop on leaving what was spawned under it and not released.

    `owner` is another process whose end, however it comes, sends this one SIGTERM. `remove` deletes `folder` after the
    last stop. Stopping takes as long as the slowest server, about a second.
    Raises LocalServiceError when `folder` cannot be made.
    """
    logs = folder / "logs"
    try:
        logs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LocalServiceError(f"The local folder {folder} cannot be used: {error}.") from error
    argv = [sys.executable, "-m", "novapulse.local.watchdog", "--folder", str(folder.resolve())]
    if owner is not None:
        argv += ["--owner", str(owner.pid), str(owner.started_ticks), "--holder", str(os.getpid())]
    if remove:
        argv.append("--remove")
    with (logs / "watchdog.log").open("ab") as output:
        watchdog = subprocess.Popen(  # noqa: S603  the argv is ours, and no shell reads it
            argv,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            bufsize=0,
            cwd="/",
            env={"PATH": os.defpath, "PYTHONPATH": str(Path(__file__).parents[2])},
            start_new_session=True,
        )
    guard = Guard(watchdog)
    try:
        yield guard
    finally:
        with _deaf_to_signals():
            guard.close()


@contextmanager
def _deaf_to_signals() -> Iterator[None]:
    """Ignore a second Ctrl-C while stopping: it would only make us leave before the servers do."""
    try:
        before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # only the main thread may do this; another has no Ctrl-C to fear
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
