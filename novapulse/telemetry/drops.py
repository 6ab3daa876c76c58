"""What telemetry could not tell: counted, so that what is missing is known to be missing."""

from __future__ import annotations

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
