"""Reading back what `novapulse.log` has written to files: the current ones and those before them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from novapulse.log.streams import APPLICATION_FILE, AUDIT_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Line = dict[str, Any]

_READ: Final = (APPLICATION_FILE, AUDIT_FILE)  # what is in the file of errors is in the application's as well


def lines_with(text: str, *, folder: Path) -> Iterator[Line]:
    """Give the lines in which the text stands, in any field; what is no line of ours is passed over."""
    wanted = text.encode()
    for path in sorted(path for name in _READ for path in folder.glob(f"{name}*")):
        with path.open("rb") as file:
            for raw in file:
                if wanted in raw:
                    yield from _read(raw)


def _read(raw: bytes) -> Iterator[Line]:
    try:
        line = orjson.loads(raw)
    except orjson.JSONDecodeError:  # torn by a full disk
        return
    if isinstance(line, dict) and "event" in line and "time" in line:
        yield line
