"""The figures that processes share in Redis, for tests of them."""

from __future__ import annotations

from novapulse.data import registry, tallies


def forget() -> None:
    """Forget what was told so far."""
    client = registry.provider("redis").client()
    for key in client.scan_iter(f"{tallies._PREFIX}:*"):
        client.delete(key)
