"""The breakers of this process, by name: for health, and for operators who open and close them by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from novapulse.resilience.breaker import Breaker

_breakers: dict[str, Breaker] = {}


def register(breaker: Breaker) -> None:
    """Make a breaker known; one of the same name takes its place."""
    _breakers[str(breaker.name)] = breaker


def breakers() -> tuple[Breaker, ...]:
    """List all breakers."""
    return tuple(_breakers.values())


def breaker(name: str) -> Breaker:
    """Give the breaker of this name, or raise LookupError with the names that there are."""
    try:
        return _breakers[name]
    except KeyError:
        raise LookupError(f"no breaker {name!r}; there are {', '.join(_breakers) or 'none'}") from None
