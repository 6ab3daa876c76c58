"""Enqueue by name: for what stands below the task, such as the domain whose function the task calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from novapulse.tasks.task import known

if TYPE_CHECKING:
    from datetime import datetime

    from novapulse.tasks.standard import TaskResult


def enqueue(path: str, *args: Any, run_after: datetime | None = None, **kwargs: Any) -> TaskResult[Any]:  # noqa: ANN401  the task's own
    """Enqueue the task at a dotted path such as `apps.webhooks.tasks.deliver`, with the change that is under way.

    run_after: the earliest that it may run. Raises LookupError for an unknown task, TypeError for arguments that do not
    fit it, and what `.enqueue()` raises.
    """
    task = known(path)
    return (task if run_after is None else task.using(run_after=run_after)).enqueue(*args, **kwargs)
