"""The floor under the list endpoint: a bare WSGI callable that gives the same bytes.

It verifies the same token by the same function, asks MongoDB by plain PyMongo over the same index and writes by the
same encoder. What it lacks is all that makes it a service: Django's request, routes, permissions, parameters, the
company's scope, cursors that cannot be forged, problem documents.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")  # noqa: TID251  Django's own switch
django.setup()

import orjson
from django.conf import settings
from pymongo import MongoClient

from apps.auth.domain.verified import verified
from novapulse.web.rendering import instant

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = 25
_NEWEST = [("created_at", -1), ("_id", -1)]
_tasks = MongoClient[dict[str, Any]](settings.MONGO_URI, tz_aware=True, maxPoolSize=10).get_default_database()["tasks"]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Answer the newest tasks of the token's company, whatever the path."""
    scope = verified.user_of(environ["HTTP_AUTHORIZATION"].removeprefix("Bearer ")).scope
    where = {"location": scope.location, "company_id": scope.company_id}
    rows = list(_tasks.find(where, sort=_NEWEST, limit=PAGE + 1))
    body = orjson.dumps([_shown(row) for row in rows[:PAGE]], default=str)
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["_id"],
        "number": row["number"],
        "project_id": row["project_id"],
        "title": row["title"],
        "description": row["description"],
        "status": row["status"],
        "priority": row["priority"],
        "assignee_id": row["assignee_id"],
        "reporter_id": row["reporter_id"],
        "labels": row["labels"],
        "points": row["points"],
        "due_at": row["due_at"] and instant(row["due_at"]),
        "external_key": row["external_key"],
        "version": row["version"],
        "created_at": instant(row["created_at"]),
        "updated_at": instant(row["updated_at"]),
    }
