"""The breakers of this process, by name: for health, and for operators who open and close them by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pybreaker import CircuitBreakerListener

from novapulse.telemetry import meter

if TYPE_CHECKING:
    from novapulse.resilience.breaker import Breaker

_breakers: dict[str, Breaker] = {}
_changes: Final = meter.counter("novapulse.breaker.changes")


class _Counting(CircuitBreakerListener):
    """Counts changes of state."""

    def state_change(self, cb: Any, old_state: Any, new_state: Any) -> None:  # noqa: ANN401, ARG002  pybreaker's signature
        _changes.add(1, {"breaker": str(cb.name), "state": str(new_state.name)})


_counting: Final = _Counting()


def register(breaker: Breaker) -> None:
    """Make a breaker known; one of the same name takes its place."""
    _breakers[str(breaker.name)] = breaker
    if _counting not in breaker.listeners:
        breaker.add_listener(_counting)


def breakers() -> tuple[Breaker, ...]:
    """List all breakers."""
    return tuple(_breakers.values())


def breaker(name: str) -> Breaker:
    """Give the breaker of this name, or raise LookupError with the names that there are."""
    try:
        return _breakers[name]
    except KeyError:
        raise LookupError(f"no breaker {name!r}; there are {', '.join(_breakers) or 'none'}") from None
