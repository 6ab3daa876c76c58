"""Lines of the log as they would be written, made in the thread and at the moment in which they are logged."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from novapulse.log import JsonFormatter

if TYPE_CHECKING:
    from collections.abc import Iterator


class Lines(logging.Handler):
    """Keeps lines."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))

    def taken(self) -> list[dict[str, Any]]:
        """Give the lines since the last look."""
        texts, self.texts = self.texts, []
        return [json.loads(text) for text in texts]


@contextmanager
def collected(logger: str = "", *, level: int = logging.INFO) -> Iterator[Lines]:
    """Keep what a logger, by default any, says in the block; nobody else hears it."""
    lines, holder = Lines(), logging.getLogger(logger)
    before = holder.level, holder.handlers, holder.propagate
    holder.handlers, holder.propagate = [lines], False
    holder.setLevel(level)
    try:
        yield lines
    finally:
        holder.setLevel(before[0])
        holder.handlers, holder.propagate = before[1:]
