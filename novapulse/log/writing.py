"""A handler whose lines a thread writes: who logs never waits for a disk, for a pipe, or for another thread's line.

1. Who logs formats the line, in its own context, and lays it into a room of 10,000 lines and 16 MB.
2. A thread takes what has come within 20 ms and writes it at once, so that a busy process writes fifty times a second.
3. When the room is full, because nobody reads the pipe or the disk hangs, a line is left out and counted; the last
   tenth of the room is kept for errors. When there is room again, `log.lost` says how many there were.
4. A process that ends writes what is left, and gives all its handlers five seconds together, however many hang.
"""

from __future__ import annotations

import logging
import os
import sys
from collections import deque
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

from concurrent_log_handler import ConcurrentRotatingFileHandler

from novapulse.log import leaving

if TYPE_CHECKING:
    from collections.abc import Callable

_GATHER_SECONDS: Final = 0.02
_MOST_LINES: Final = 10_000
_MOST_CHARACTERS: Final = 16_000_000
_FOR_ALL: Final = 0.9  # of the room; the rest is for errors
_MOST_AT_ONCE: Final = 1_000

_FILE_BYTES: Final = 64_000_000
_OLD_FILES: Final = 5


class BackgroundHandler(logging.Handler):
    """Hands lines to `write`, in a thread of its own that starts with the first line, in each process anew.

    Fails open: what cannot be written is counted (`lost`) and told of, and the caller hears nothing of it.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        """Take what writes some lines, each with its end; it may block, and may raise what it likes."""
        super().__init__()
        self.lost = 0
        self._write = write
        self._told = 0
        self.begin_anew()
        _handlers.add(self)

    def createLock(self) -> None:  # noqa: N802  logging's name
        """Have none: laying a line into the room is one step."""
        self.lock = None

    def emit(self, record: logging.LogRecord) -> None:
        """Format the record and lay it into the room."""
        try:
            line = self.format(record) + "\n"
        except Exception:  # noqa: BLE001  whatever a formatter stumbles over, the request goes on
            self.lost += 1
            return
        part = 1.0 if record.levelno >= logging.ERROR else _FOR_ALL
        is_full = len(self._lines) >= _MOST_LINES * part or self._characters >= _MOST_CHARACTERS * part
        if is_full and self._lines:  # an empty room takes one whatever the count says, which is then set right
            self.lost += 1
            return
        self._lines.append(line)
        self._characters += len(line)  # about right is enough: two may add at once, or one while the room is emptied
        if not self._awake.is_set():
            self._awake.set()
        if not self._is_served:
            self._start()

    def flush(self) -> None:
        """Have written what is there, and wait for that: five seconds, or what is left to a process that ends."""
        self.ask_for_all().wait(leaving.seconds_left())

    def ask_for_all(self) -> Event:
        """Have all written that is there now; what it gives is set when that has come about.

        The thread writes it: whoever asks never meets a stream that hangs.
        """
        is_done = Event()
        if self._is_served:
            self._asked.append(is_done)
            self._awake.set()
            self._hurry.set()
            return is_done
        with self._writing:  # nothing ever came, or there was no thread to be had any more
            self._drain()
        is_done.set()
        return is_done

    def begin_anew(self) -> None:
        """Forget everything, as a child of a fork must: it has no thread, and its parent writes its parent's lines."""
        self._lines: deque[str] = deque()
        self._asked: deque[Event] = deque()
        self._characters = 0
        self._awake, self._hurry, self._starting, self._writing = Event(), Event(), Lock(), Lock()
        self._is_served = False

    def _start(self) -> None:
        with self._starting:
            if self._is_served:
                return
            self._is_served = True
            try:
                Thread(target=self._serve, name="log", daemon=True).start()
            except RuntimeError:  # the interpreter is ending: `flush` writes
                self._is_served = False
                return
            leaving.at_the_end(leave, rank=leaving.LOGS_LAST)

    def _serve(self) -> None:
        while True:
            self._awake.wait()
            self._hurry.wait(_GATHER_SECONDS)
            self._awake.clear()
            self._hurry.clear()
            asked = [self._asked.popleft() for _ in range(len(self._asked))]
            with self._writing:
                self._drain()
            for each in asked:
                each.set()

    def _drain(self) -> None:
        while self._lines:
            batch = [self._lines.popleft() for _ in range(min(len(self._lines), _MOST_AT_ONCE))]
            if not self._lines:
                self._characters = 0
            self._put(batch)
        if self.lost > self._told:
            self._tell()

    def _put(self, lines: list[str]) -> None:
        try:
            self._write("".join(lines))
        except Exception:  # noqa: BLE001  a full disk, a stream that was closed, a lock that nobody gives back
            self.lost += len(lines)

    def _tell(self) -> None:
        lost = self.lost - self._told
        record = logging.LogRecord(__name__, logging.ERROR, __file__, 0, "log.lost", (), None)
        record.fields = {"lines": lost}
        with suppress(Exception):
            self._write(self.format(record) + "\n")
            self._told += lost


_handlers: WeakSet[BackgroundHandler] = WeakSet()


def leave() -> None:
    """Write what all handlers of this process hold, within what is left to it for all of them together."""
    for is_done in [handler.ask_for_all() for handler in list(_handlers)]:
        is_done.wait(leaving.seconds_left())


def _begin_anew() -> None:
    for handler in list(_handlers):
        handler.begin_anew()


os.register_at_fork(after_in_child=_begin_anew)


class ConsoleHandler(BackgroundHandler):
    """Writes to the standard error: JSON where programs read it, for a person where one sits in front of it."""

    def __init__(self) -> None:
        """Take what is the standard error now."""
        self._stream = sys.stderr
        super().__init__(self._send)

    def _send(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


class FileHandler(BackgroundHandler):
    """Writes to a file of many processes, which goes on in a new one at 64 MB; five old ones are kept."""

    def __init__(self, path: str) -> None:
        """Take the path; folder and file are made with the first line."""
        self._path = path
        self._file: _File | None = None
        super().__init__(self._send)

    def _send(self, text: str) -> None:
        if self._file is None:
            Path(self._path).parent.mkdir(parents=True, exist_ok=True)
            self._file = _File(self._path, maxBytes=_FILE_BYTES, backupCount=_OLD_FILES, encoding="utf-8")
        self._file.emit(logging.LogRecord(__name__, logging.INFO, __file__, 0, text[:-1], (), None))


class _File(ConcurrentRotatingFileHandler):
    """Locks out other processes while it writes; its trouble is the caller's, not the standard error's."""

    def handleError(self, _record: logging.LogRecord) -> None:  # noqa: N802  logging's name
        raise  # noqa: PLE0704  logging calls it while it handles the error
