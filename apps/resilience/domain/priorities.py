"""What is let in first when not everything can be: how many places each kind of request leaves free for the others.

Without sign-in nobody gets anything done, a lost write is work done again, a read is easily made again, and an export
waits best. The more matter leaves the fewer free, and so is still let in where the other is refused.
"""

from __future__ import annotations

from typing import Final

_NEVER_REFUSED: Final = ("/health/", "/metrics")
_AUTH: Final = "/api/v1/auth/"
_EXPORTS: Final = ("/exports", ":export", "/purges", "/result")  # the ends of the paths that cost as an export
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_LEFT_BY_AUTH, _LEFT_BY_WRITES, _LEFT_BY_READS, _LEFT_BY_EXPORTS = range(4)


def left_free_by(method: str, path: str) -> int | None:
    """Give how many places a request leaves free, before anything else is known of it; None: it is always let in."""
    if method in _SAFE and path.startswith(_NEVER_REFUSED):
        return None  # a safe method: the bodies of others are taken in, and whoever sent none would hold up threads
    if path.startswith(_AUTH):
        return _LEFT_BY_AUTH
    if path.endswith(_EXPORTS):
        return _LEFT_BY_EXPORTS
    return _LEFT_BY_READS if method in _SAFE else _LEFT_BY_WRITES
