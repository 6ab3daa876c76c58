"""How long a task waits before it is tried again: exponential, with full jitter.

Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from __future__ import annotations

from random import SystemRandom
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_random: Final = SystemRandom()
_MOST_DOUBLINGS: Final = 40  # beyond it a float grows without meaning


def seconds(
    attempt: int, *, first: float, longest: float, uniform: Callable[[float, float], float] = _random.uniform
) -> float:
    """Tell how many seconds to wait after this attempt (1, 2, ...): evenly between 0 and first * 2^(attempt - 1).

    longest: no wait is longer than this.
    """
    return uniform(0.0, min(longest, first * 2.0 ** min(attempt - 1, _MOST_DOUBLINGS)))
