"""The providers of this process, by name, in the order in which the wiring registered them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from novapulse.data.provider import Provider

_providers: dict[str, Provider[Any]] = {}


def register(provider: Provider[Any]) -> None:
    """Make a provider known; one of the same name takes its place."""
    _providers[provider.name] = provider


def providers() -> tuple[Provider[Any], ...]:
    """List all providers."""
    return tuple(_providers.values())


def provider(name: str) -> Provider[Any]:
    """Give the provider of this name, or raise LookupError with the names that there are."""
    try:
        return _providers[name]
    except KeyError:
        raise LookupError(f"no provider {name!r}; there are {', '.join(_providers) or 'none'}") from None


def close_all() -> None:
    """Close every provider's connections."""
    for each in _providers.values():
        each.close()
