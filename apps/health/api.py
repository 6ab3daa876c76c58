"""The front door of health."""

from __future__ import annotations

from apps.health.domain import dependencies


def watch_dependencies() -> None:
    """Have the dependencies watched in the background so that no answer waits for one; once per process."""
    dependencies.watch()
