"""What telemetry could not tell: counted, so that what is missing is known to be missing."""

from __future__ import annotations

import os
import threading
from collections import Counter

_lock = threading.Lock()
_dropped: Counter[str] = Counter()


def count(what: str, number: int = 1) -> None:
    """Count things that were not told; what: a word of ours such as `logs` or `spans`."""
    with _lock:
        _dropped[what] += number


def counted() -> dict[str, int]:
    """Give how many of each were dropped since this process began."""
    with _lock:
        return dict(_dropped)


def _begin_anew() -> None:
    # Another thread of the parent may have held the lock, and what was dropped is the parent's.
    global _lock  # noqa: PLW0603  as above
    _lock = threading.Lock()
    _dropped.clear()


os.register_at_fork(after_in_child=_begin_anew)
