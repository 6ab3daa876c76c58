"""The gate of this process, and how the rest of the house reaches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from novapulse.gate.decision import Change


class Gate:
    """Decides about requests, and passes on what has changed."""

    def project(self, changes: Iterable[Change]) -> None:
        """Write changes to Redis."""


_current = Gate()


def current() -> Gate:
    """Give the gate of this process."""
    return _current
