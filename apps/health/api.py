"""The front door of health."""

from __future__ import annotations

from apps.health.domain import dependencies, queues


def watch_dependencies() -> None:
    """Have dependencies and queues watched in the background so that no answer waits for one; once per process."""
    dependencies.watch()
    queues.watch()
