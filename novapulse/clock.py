"""Time: the only place that asks the machine for it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_offset = timedelta()


def now() -> datetime:
    """Tell the time in UTC, to the millisecond: what MongoDB keeps and the API shows."""
    moment = datetime.now(UTC) + _offset  # noqa: TID251  the one place
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def epoch_seconds() -> int:
    """Tell the whole seconds since 1970, as JWT claims want them."""
    return int(now().timestamp())


def monotonic() -> float:
    """Tell seconds that never run backwards, for measuring."""
    return time.monotonic()


def nanoseconds_at_zero() -> int:
    """Tell when `monotonic` was zero, in nanoseconds since 1970: what turns its readings into the times of a trace."""
    return time.time_ns() - time.monotonic_ns()


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Shift what this process takes for now, so that a test can see a token expire without waiting."""
    global _offset  # noqa: PLW0603  the process has one clock
    before, _offset = _offset, _offset + by
    try:
        yield
    finally:
        _offset = before
