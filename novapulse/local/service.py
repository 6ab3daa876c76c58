"""What there is to know about one local server: how it is installed, started, asked and addressed."""

import importlib.util
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from novapulse.local.errors import LocalServiceError


@dataclass(frozen=True)
class Account:
    """The system account that a process runs under."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Site:
    """One server's place: the local folder, its name there and its port."""

    folder: Path
    name: str
    port: int

    @property
    def data(self) -> Path:
        """Give the folder of the data."""
        return self.folder / "data" / self.name

    @property
    def log(self) -> Path:
        """Give the log file."""
        return self.folder / "logs" / f"{self.name}.log"


@dataclass(frozen=True)
class Launch:
    """One command line with what it runs under. Its output goes to the log, unless it is `shown` to the person.

    What comes `first` waits for a core behind nobody, where the kernel lets this user have that: it must want little.
    """

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    cwd: Path = Path("/")
    shown: bool = False
    first: bool = False


# Runs one command to its end; raises LocalServiceError when it fails.
Run = Callable[[Launch], None]


@dataclass(frozen=True)
class Service:
    """One kind of server.

    `install` makes its folder, with the help of commands that it has run to their end by the function it is given.
    `command` is the server's own command line. `set_up` and `probe` talk to the running server and raise
    NotReadyError until it is there: `set_up` may change it (create a database), `probe` only asks.
    """

    name: str
    title: str
    variable: str
    install: Callable[[Site, Run], None]
    command: Callable[[Site], Launch]
    set_up: Callable[[Site], None]
    probe: Callable[[Site], None]
    url: Callable[[int], str]
    stop_signal: int = signal.SIGTERM


def in_wheel(package: str, *parts: str) -> Path:
    """Return the path of a file inside the installed `package`, without importing the package itself.

    Raises LocalServiceError naming the package when it is not installed.
    """
    try:
        spec = importlib.util.find_spec(package)
    except ModuleNotFoundError:
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise LocalServiceError(f"The Python package {package} is not installed: install requirements/dev.txt.")
    return Path(spec.submodule_search_locations[0], *parts)


def bare_environment(site: Site) -> dict[str, str]:
    """Return the few variables a server needs, so that nothing of the caller's surroundings changes its behaviour."""
    return {"PATH": os.defpath, "HOME": str(site.data), "LC_ALL": "C"}


def no_set_up(_site: Site) -> None:
    """Set up nothing: the server serves as it starts."""


def only_folder(site: Site, _run: Run) -> None:
    """Install a server that needs nothing but its data folder."""
    site.data.mkdir(parents=True, exist_ok=True)
