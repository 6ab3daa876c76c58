"""How the stores that this process uses are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from novapulse.data import registry

if TYPE_CHECKING:
    from novapulse.data.provider import Health


def examine() -> list[Health]:
    """Ping every registered store, one after the other; one that is away is an answer, not an exception."""
    return [provider.health() for provider in registry.providers()]
