"""What others are told of tasks and projects, once it is committed: the published types, and what stands in each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.work.domain import published
from novapulse.data.events import Event

if TYPE_CHECKING:
    from collections.abc import Mapping

    Document = Mapping[str, Any]


def task_created(task: Document) -> Event:
    """Tell of a new task, all of it."""
    return Event("task.created", published.task(task))


def task_updated(task: Document) -> Event:
    """Tell of a changed task, all of it as it is now."""
    return Event("task.updated", published.task(task))


def task_deleted(task: Document) -> Event:
    """Tell of a task that is gone: which one it was."""
    return Event("task.deleted", {"id": task["_id"], "project_id": task["project_id"]})


def project_created(project: Document) -> Event:
    """Tell of a new project, all of it."""
    return Event("project.created", published.project(project))


def project_updated(project: Document) -> Event:
    """Tell of a project that was changed, archived or made active again, all of it as it is now."""
    return Event("project.updated", published.project(project))


def project_deleted(project: Document) -> Event:
    """Tell of a project that is gone: which one it was."""
    return Event("project.deleted", {"id": project["_id"], "key": project["key"]})
