"""What the outside sees of a task and a project: the API and events alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def task(task: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the API shows of a stored task."""
    return {
        "id": task["_id"],
        "number": task["number"],
        "project_id": task["project_id"],
        "title": task["title"],
        "description": task["description"],
        "status": task["status"],
        "priority": task["priority"],
        "assignee_id": task["assignee_id"],
        "reporter_id": task["reporter_id"],
        "labels": task["labels"],
        "points": task["points"],
        "due_at": task["due_at"],
        "external_key": task["external_key"],
        "version": task["version"],
        "created_at": task["created_at"],
        "updated_at": task["updated_at"],
    }


def project(project: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the API shows of a stored project."""
    return {
        "id": project["_id"],
        "key": project["key"],
        "name": project["name"],
        "description": project["description"],
        "status": project["status"],
        "version": project["version"],
        "created_at": project["created_at"],
        "updated_at": project["updated_at"],
    }
