"""Lines for a person at a terminal: the time, what happened, its fields; the same that JSON tells, and no more."""

from __future__ import annotations

import logging
import sys
from typing import Final

from novapulse.log.formatter import described

_DIM: Final = "\x1b[2m"
_BOLD: Final = "\x1b[1m"
_PLAIN: Final = "\x1b[0m"
_COLOURS: Final = {"debug": "\x1b[2m", "info": "\x1b[32m", "warning": "\x1b[33m", "error": "\x1b[31m"}
_LEVEL_WIDTH: Final = 7
_SHORT_ID: Final = 8  # as much of a request's id as a person compares by eye

_AT_THE_FRONT: Final = frozenset({"time", "level", "event", "request_id", "traceback"})
_IN_THE_FILES: Final = frozenset(
    {"logger", "trace_id", "span_id", "company_id", "user_id", "session_id", "operator", "calls"}
)


class ConsoleFormatter(logging.Formatter):
    """Format a record as `12:00:00.000 info    http.request [a1b2c3d4] method=GET status=200`, a traceback below it."""

    def __init__(self, *, colours: bool | None = None) -> None:
        """Say whether to use colours; by default where the standard error is a terminal."""
        super().__init__()
        self._colours = sys.stderr.isatty() if colours is None else colours

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        told = described(record, constant={})
        level = str(told["level"])
        fields = [f"{self._in(_DIM, f'{name}=')}{value}" for name, value in told.items() if name not in _NOT_AS_FIELDS]
        line = " ".join(
            (
                self._in(_DIM, str(told["time"])[11:23]),
                self._in(_COLOURS.get(level, _COLOURS["error"]), level.ljust(_LEVEL_WIDTH)),
                self._in(_BOLD, str(told["event"])),
                self._in(_DIM, f"[{str(told['request_id'])[:_SHORT_ID]}]"),
                *fields,
            )
        )
        return f"{line}\n{told['traceback'].rstrip()}" if "traceback" in told else line

    def _in(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_PLAIN}" if self._colours else text


_NOT_AS_FIELDS: Final = _AT_THE_FRONT | _IN_THE_FILES
