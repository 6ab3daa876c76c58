"""Somebody who is told of the calls to stores, for tests."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from novapulse.telemetry import calls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from novapulse.telemetry.calls import Call, System


@contextmanager
def hearing(system: System) -> Iterator[list[Call]]:
    """Give the calls to a system, of all threads, as they end."""
    heard: list[Call] = []

    def note(call: Call) -> None:
        if call.system == system:
            heard.append(call)

    calls.listen(note)
    try:
        yield heard
    finally:
        calls.unlisten(note)
