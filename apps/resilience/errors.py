"""Troubles of the resilience app."""

from __future__ import annotations

from novapulse.errors import Invalid, NotFound


class NoSuchBreaker(NotFound):
    """There is no breaker of this name."""

    code = "no-such-breaker"


class NotByHand(Invalid):
    """MongoDB's breaker cannot be opened by hand: the processes read there when to close it."""

    code = "not-by-hand"
