"""What `services.json` in the local folder remembers: which server runs where, and which port each one had last."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from novapulse.local.process import ProcessMark, is_running

STATE_FILE = "services.json"
LOCK_FILE = "services.lock"


@dataclass(frozen=True)
class Record:
    """One server as it was last started: the variable it answers to, its address and its process."""

    variable: str
    url: str
    port: int
    pid: int
    started_ticks: int

    @property
    def mark(self) -> ProcessMark:
        """Give what tells this process from a later one of the same number."""
        return ProcessMark(pid=self.pid, started_ticks=self.started_ticks)


def known_urls(folder: Path) -> dict[str, str]:
    """Return variable name -> URL of the local servers that run now in `folder`; {} when none does.

    Reads one small JSON file and /proc; connects to nothing.
    """
    return {record.variable: record.url for record in read(folder).values() if is_running(record.mark)}


def read(folder: Path) -> dict[str, Record]:
    """Return the records by service name; an absent or unreadable file counts as empty: it only saves a search."""
    try:
        entries = json.loads((folder / STATE_FILE).read_text())
        return {name: Record(**entry) for name, entry in entries.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write(folder: Path, records: Mapping[str, Record]) -> None:
    """Replace the state file in one step, so that a reader never sees half of it."""
    draft = folder / f"{STATE_FILE}.{os.getpid()}"
    draft.write_text(json.dumps({name: asdict(record) for name, record in records.items()}, indent=2) + "\n")
    draft.replace(folder / STATE_FILE)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, waiting for whoever starts or stops servers there; the kernel frees it on any death."""
    with (folder / LOCK_FILE).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
