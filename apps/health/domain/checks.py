"""What a check has found, and what all of them together say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.health.enums import State

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_WORST_LAST = tuple(State)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was measured: of what (`component`), which figure, and how that is.

    `at` is when it was measured, `age_seconds` how long ago; `output` says in words what is wrong.
    """

    component: str
    figure: str
    kind: str
    value: float | str
    unit: str
    state: State
    at: datetime
    age_seconds: float = 0.0
    output: str = ""


def worst(states: Iterable[State]) -> State:
    """Give the worst of some states."""
    return max(states, key=_WORST_LAST.index, default=State.PASS)
