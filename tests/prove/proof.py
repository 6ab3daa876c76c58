"""A proof: a promise, its figure under a real fault, and its bound."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.prove.world import World

OK, UNAUTHENTICATED, TOO_MANY, UNAVAILABLE = 200, 401, 429, 503
SERVER_ERRORS = range(500, 600)


class Answered(Protocol):
    """What has a status, 0 where no answer came."""

    @property
    def status(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Claim:
    """What is promised, by which mechanism, within which bound; `is_of_time` where a busy machine may break it too."""

    promise: str
    mechanism: str
    bound: str
    is_of_time: bool = False

    def row(self, figure: str, *, count: int, held: bool) -> Row:
        """Give the line that tells what came out, on so many requests or trials."""
        return Row(self.promise, self.mechanism, count, figure, self.bound, held, self.is_of_time)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `count` is how many requests or trials the figure stands on."""

    promise: str
    mechanism: str
    count: int
    figure: str
    bound: str
    held: bool
    is_of_time: bool = False


@dataclass(frozen=True, slots=True)
class Proof:
    """A named program that gives rows. Without any one of the mechanisms in `needs` at least one row must break.

    What is not `in_short` runs in full, and by its name.
    """

    name: str
    run: Callable[[World], Iterator[Row]]
    needs: tuple[str, ...] = ()
    in_short: bool = True


def unless_busy(attempt: Callable[[], Iterable[Row]]) -> Iterator[Row]:
    """Give the rows of an attempt; try once more where nothing but time broke a bound, and tell of both.

    Something else on the machine may have taken the time. What is not of time must hold at once.
    """
    first = list(attempt())
    broken = [row for row in first if not row.held]
    if not broken or not all(row.is_of_time for row in broken):
        yield from first
        return
    before = {row.promise: row.figure for row in broken}
    for row in attempt():
        tried = before.get(row.promise)
        yield row if tried is None else replace(row, figure=f"{row.figure} (first try: {tried})")


def statuses(replies: Iterable[Answered]) -> Counter[int]:
    return Counter(reply.status for reply in replies)


def server_errors(replies: Iterable[Answered]) -> int:
    """Count 5xx, and what was never answered."""
    return sum(reply.status == 0 or reply.status in SERVER_ERRORS for reply in replies)


def told(replies: Iterable[Answered]) -> str:
    """Show how often each status came."""
    return ", ".join(f"{count} x {status or 'lost'}" for status, count in sorted(statuses(replies).items()))
