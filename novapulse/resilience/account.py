"""What one request has spent, and whether it has written: filled in by what is told of its calls, read when it ends.

It belongs to the thread of the request. What other threads do for it is in nobody's account, so that the parts never
come to more than the whole.
"""

from __future__ import annotations

from contextvars import ContextVar
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Self

from novapulse.telemetry import calls

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextvars import Token
    from types import TracebackType

    from novapulse.telemetry.calls import Call

_DATABASES: Final = frozenset({calls.MONGODB, calls.POSTGRESQL})
_MOST_CALLS: Final = 50
_MILLISECONDS: Final = 1000


class Outcome(StrEnum):
    """What became of the changes of a request that ended before its time."""

    NONE = "none"  # nothing was sent that writes
    ROLLED_BACK = "rolled_back"  # it wrote in a transaction that it never asked to commit
    UNKNOWN = "unknown"


class Account:
    """Seconds and commands by store, and how far writing went; in force from `with` on until its end."""

    __slots__ = (
        "_token",
        "calls",
        "database_commands",
        "database_seconds",
        "external_seconds",
        "has_committed",
        "has_written",
        "redis_commands",
        "redis_seconds",
        "slow_seconds",
    )

    def __init__(self, *, slow_seconds: float) -> None:
        """Begin at nothing; slow_seconds: from when on the request is a slow one."""
        self.slow_seconds = slow_seconds
        self.database_seconds = self.redis_seconds = self.external_seconds = 0.0
        self.database_commands = self.redis_commands = 0
        self.calls: list[Call] = []  # the first fifty
        self.has_written = False  # in a transaction; without one that is a commit as well
        self.has_committed = False
        self._token: Token[Account | None] | None = None

    def outcome(self) -> Outcome:
        """Tell what became of the changes, were the request to end here with its last answer lost."""
        if self.has_committed:
            return Outcome.UNKNOWN
        return Outcome.ROLLED_BACK if self.has_written else Outcome.NONE

    def __enter__(self) -> Self:
        """Put it in force."""
        self._token = _account.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        if self._token is not None:
            _account.reset(self._token)


_account: ContextVar[Account | None] = ContextVar("novapulse_account", default=None)

current = _account.get  # the account in force, None outside of a request; called for every command of every store


def enter(call: Call) -> None:
    """Enter a call; a listener of `novapulse.telemetry.calls`."""
    spent = current()
    if spent is None:
        return
    if len(spent.calls) < _MOST_CALLS:
        spent.calls.append(call)
    if call.system in _DATABASES:
        spent.database_commands += 1
        spent.database_seconds += call.seconds
    elif call.system is calls.REDIS:
        spent.redis_commands += 1
        spent.redis_seconds += call.seconds
    else:
        spent.external_seconds += call.seconds


class _Telling:
    """Whether this process tells of the calls of every request and task."""

    of_all = False


def tell_of_all_calls() -> None:
    """Have every request and task tell of its calls, not only those that are slow or have failed."""
    _Telling.of_all = True


def are_all_told_of() -> bool:
    """Tell whether that was asked for."""
    return _Telling.of_all


def told(made: Sequence[Call]) -> list[dict[str, object]]:
    """Give calls as a line of the log tells of them."""
    return [
        {
            "store": call.system,
            "operation": call.operation,
            "target": call.target,
            "ms": round(call.seconds * _MILLISECONDS, 2),
            **({"error": call.error} if call.error else {}),
        }
        for call in made
    ]
