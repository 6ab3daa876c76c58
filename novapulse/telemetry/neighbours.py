"""The processes that one server has started: each answers for itself, and any of them puts together what all tell.

Behind one port are several processes, and a request reaches one of them. So each listens on a socket of its own in a
folder that has the name of their parent, and whoever is asked asks the others.

1. A process that ends takes its socket away, and the last one the folder. One that was killed leaves them: its
   neighbours take away the socket, and whoever joins next on this machine the folders of servers that are gone. A
   socket gets its name when it listens already: until then it looks like one of a process that was killed.
2. Nobody waits long: who has not told everything within a second, in 16 MB, is left out of this telling.
3. What comes from a socket is another process of the same user: a folder that is open to anybody else is neither
   joined nor read.
"""

from __future__ import annotations

import errno
import logging
import os
import socket
import tempfile
import threading
from contextlib import suppress
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson

from novapulse import clock
from novapulse.telemetry import drops, meter, prometheus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from novapulse.telemetry.prometheus import Telling

_logger = logging.getLogger(__name__)

_ANSWER_SECONDS: Final = 1.0
_PIECE_BYTES: Final = 65_536
_MOST_BYTES: Final = 16_000_000  # of one process; one with ten thousand companies on all routes has 6.5 MB
_WAITING: Final = 8
_PRIVATE: Final = 0o700
_MOST_OF_A_NAME: Final = 32  # a socket's path has room for a hundred characters
_PROCESSES: Final = Path("/proc")


def text() -> str:
    """Tell what this process and its neighbours have measured, in Prometheus' format."""
    return prometheus.text([own(), *_others()])


def own() -> Telling:
    """Tell what this process has measured."""
    return prometheus.tell(meter.collect(), process=str(os.getpid()))


def join() -> None:
    """Answer neighbours from now on, in a thread; and in a child of a fork, which is another process, anew."""
    _join()
    os.register_at_fork(after_in_child=_join)


def folder() -> Path:
    """Give the folder of the processes of this server: those that have one parent, and one user."""
    return Path(tempfile.gettempdir()) / f"{_prefix()}{os.getppid()}"


def _prefix() -> str:
    host = socket.gethostname()[:_MOST_OF_A_NAME]  # containers may share a folder for temporary files
    return f"novapulse-{os.getuid()}-{host}-"


def _join() -> None:
    try:
        _tidy()
        place = folder()
        place.mkdir(mode=_PRIVATE, exist_ok=True)
        _refuse_strangers(place)
        path = place / f"{os.getpid()}"
        door = _open(path)
    except OSError:  # a disk that nobody may write to: each process then tells for itself alone
        drops.count("neighbours")
        return
    threading.Thread(target=_answer, args=(door,), name="metrics", daemon=True).start()
    Finalize(None, _leave, args=(path,), exitpriority=0)  # runs at the end of a server's workers, where atexit does not


def _open(path: Path) -> socket.socket:
    begun = path.with_name(f".{path.name}")  # no neighbour looks at it (step 1)
    begun.unlink(missing_ok=True)  # of one that had the same number
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    door.bind(str(begun))
    door.listen(_WAITING)
    begun.rename(path)
    return door


def _leave(path: Path) -> None:
    with suppress(OSError):  # others are still there
        path.unlink(missing_ok=True)
        path.parent.rmdir()


def _tidy() -> None:
    """Take away what servers that are gone have left (step 1)."""
    for place in folder().parent.glob(f"{_prefix()}*"):
        number = place.name.removeprefix(_prefix())
        if not number.isdecimal() or not _PROCESSES.is_dir() or (_PROCESSES / number).exists():
            continue
        with suppress(OSError):  # somebody else is at it
            for path in place.iterdir():
                path.unlink()
            place.rmdir()


def _refuse_strangers(place: Path) -> None:
    found = place.lstat()
    if found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError("somebody else has made the folder")


def _answer(door: socket.socket) -> None:
    while True:
        try:
            asking, _ = door.accept()
            with asking:
                asking.settimeout(_ANSWER_SECONDS)
                asking.sendall(orjson.dumps(own()))
        except Exception:  # noqa: BLE001  the outermost edge of a thread: the next one who asks may be answered
            drops.count("neighbours")


def _others() -> Iterator[Telling]:
    mine = str(os.getpid())
    try:
        place = folder()
        _refuse_strangers(place)
        paths = sorted(place.iterdir())
    except FileNotFoundError:  # nobody has joined
        return
    except OSError:  # step 3
        drops.count("neighbours")
        return
    for path in paths:
        if path.name.isdecimal() and path.name != mine:
            yield from _asked(path)


def _asked(path: Path) -> Iterator[Telling]:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(_ANSWER_SECONDS)
            ends_at = clock.monotonic() + _ANSWER_SECONDS
            line.connect(str(path))
            answer = _heard(line, ends_at=ends_at)
        told = orjson.loads(answer)
    except ConnectionRefusedError:  # step 1
        path.unlink(missing_ok=True)
    except (OSError, orjson.JSONDecodeError):  # step 2
        drops.count("neighbours")
    else:
        yield told


def _heard(line: socket.socket, *, ends_at: float) -> bytes:
    """Read until the other one has told everything; raises TimeoutError, and OSError where it does not end."""
    answer = bytearray()
    while len(answer) <= _MOST_BYTES:
        left = ends_at - clock.monotonic()
        if left <= 0:
            raise TimeoutError
        line.settimeout(left)
        piece = line.recv(_PIECE_BYTES)
        if not piece:
            return bytes(answer)
        answer += piece
    raise OSError(errno.EMSGSIZE, "a telling without an end")
