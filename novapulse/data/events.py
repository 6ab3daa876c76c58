"""Events: who listens is told of a change in the very transaction that makes it, so with it or not at all.

The domain that makes the change does not know who listens; the wiring introduces them (`listen`). Where nobody does, a
change costs what it costs alone: no command more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Events = Iterable["Event"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened in the bound company: of which type, and to what, as the API shows it."""

    type: str
    data: Mapping[str, Any]


class Listener(Protocol):
    """Who is told."""

    def is_listening(self) -> bool:
        """Tell whether the bound company has anybody to be told; asked with every change, so it should cost nothing."""

    def hear(self, events: Sequence[Event]) -> None:
        """Take the events of a change, inside its transaction; what this raises undoes the change."""


class _Nobody:
    def is_listening(self) -> bool:
        return False

    def hear(self, events: Sequence[Event]) -> None:
        """Hear nothing."""


_listener: Listener = _Nobody()


def listen(listener: Listener) -> None:
    """Say who is told; a process has one listener."""
    global _listener  # noqa: PLW0603  a process has one composition root
    _listener = listener


def tell(events: Callable[[], Events]) -> None:
    """Tell of a change, inside the transaction that makes it.

    events: gives the events, all of one change at once; called only where somebody listens.
    """
    if _listener.is_listening() and (told := list(events())):
        _listener.hear(told)
