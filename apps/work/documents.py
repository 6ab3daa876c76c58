"""Projects, tasks, comments, jobs: tenant collections; `manage.py ensure_indexes` builds the indexes declared here.

A field without a value is stored as null, never left out, so that every document of a kind has the same names.
"""

from __future__ import annotations

from typing import Any, ClassVar

from mongoengine import (
    BinaryField,
    BooleanField,
    DateTimeField,
    DictField,
    FloatField,
    IntField,
    ListField,
    ObjectIdField,
    StringField,
)

from apps.work.enums import JobKind, JobStatus, ProjectStatus, TaskPriority, TaskStatus
from novapulse.tenancy.document import TenantDocument

_COMPANY = ["location", "company_id"]
_HAS_EXTERNAL_KEY = {"external_key": {"$gt": ""}}  # any string but the empty one; unlike $type it lets queries in


# Task lists: for each sort one index per family, which begins with what the family is narrowed by, goes on with the
# sort and `_id`, and ends with whatever else can be filtered by. So a list is read in order, and every filter is
# decided on the index's keys: no document is fetched that is not returned. `domain.task_index` says which serves which.
SORTED_BY = {"created_at": "created", "updated_at": "updated", "due_at": "due"}
_DECIDED_ON_KEYS = ["status", "priority", "reporter_id", *SORTED_BY]
_FAMILIES: dict[str, tuple[list[str], list[str]]] = {
    "all": ([], []),
    "project": (["project_id"], []),
    "assignee": (["assignee_id"], ["project_id"]),
    "label": (["labels"], ["project_id", "assignee_id"]),
}


def _task_list_indexes() -> list[dict[str, Any]]:
    return [
        {"name": list_index(family, sort=sort), "fields": _list_fields(lead, sort, tail)}
        for family, (lead, tail) in _FAMILIES.items()
        for sort in SORTED_BY
    ]


def _list_fields(lead: list[str], sort: str, tail: list[str]) -> list[str]:
    decided = [field for field in _DECIDED_ON_KEYS if field != sort]
    seldom = ["external_key"] if not lead and sort != "created_at" else []  # by creation it has an index of its own
    return [*_COMPANY, *lead, sort, "_id", *tail, *decided, *seldom]


def list_index(family: str, *, sort: str) -> str:
    """Name the index of a family (all, project, assignee, label) for a sort (one of `SORTED_BY`)."""
    return f"{family}_{SORTED_BY[sort]}"


class Project(TenantDocument):
    """A project. `next_number` is what its next task will be called."""

    key = StringField(required=True)
    name = StringField(required=True)
    description = StringField(required=True, default="")
    status = StringField(required=True, choices=[status.value for status in ProjectStatus])
    next_number = IntField(required=True, default=1)
    version = IntField(required=True, default=1)
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)

    meta: ClassVar[dict[str, Any]] = {
        "collection": "projects",
        "indexes": [
            {"name": "key", "fields": [*_COMPANY, "key"], "unique": True},
            {"name": "created", "fields": [*_COMPANY, "created_at", "_id", "status", "key", "updated_at"]},
            {"name": "updated", "fields": [*_COMPANY, "updated_at", "_id", "status", "key"]},
            {"name": "name", "fields": [*_COMPANY, "name", "_id", "status", "key", "updated_at"]},
        ],
    }


class Task(TenantDocument):
    """A task. `comments_written` only grows: writing it makes a comment and the deletion of its task collide."""

    number = IntField(required=True)
    project_id = ObjectIdField(required=True)
    title = StringField(required=True)
    description = StringField(required=True, default="")
    status = StringField(required=True, choices=[status.value for status in TaskStatus])
    priority = StringField(required=True, choices=[priority.value for priority in TaskPriority])
    assignee_id = ObjectIdField(null=True)
    reporter_id = ObjectIdField(null=True)
    labels = ListField(StringField())
    points = FloatField(null=True)
    due_at = DateTimeField(null=True)
    external_key = StringField(null=True)
    comments_written = IntField(required=True, default=0)
    version = IntField(required=True, default=1)
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)

    meta: ClassVar[dict[str, Any]] = {
        "collection": "tasks",
        "references": {"project_id": "projects", "assignee_id": "memberships", "reporter_id": "memberships"},
        "indexes": [
            {"name": "number", "fields": [*_COMPANY, "project_id", "number"], "unique": True},
            {
                "name": "external_key",
                "fields": [*_COMPANY, "project_id", "external_key"],
                "unique": True,
                "partialFilterExpression": _HAS_EXTERNAL_KEY,
            },
            {
                "name": "external_key_created",
                "fields": [*_COMPANY, "external_key", "created_at", "_id", "project_id"],
                "partialFilterExpression": _HAS_EXTERNAL_KEY,
            },
            {
                "name": "text",
                "fields": [*_COMPANY, "$title", "$description"],
                "weights": {"title": 10, "description": 1},
                "default_language": "none",  # no stemming, no stop words: people write in many languages
            },
            *_task_list_indexes(),
            {"name": "status_created", "fields": [*_COMPANY, "status", "created_at", "_id"]},  # lists of operators
        ],
    }


class Comment(TenantDocument):
    """What somebody said about a task."""

    task_id = ObjectIdField(required=True)
    author_id = ObjectIdField(required=True)
    body = StringField(required=True)
    version = IntField(required=True, default=1)
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)

    meta: ClassVar[dict[str, Any]] = {
        "collection": "comments",
        "references": {"task_id": "tasks", "author_id": "memberships"},
        "indexes": [{"name": "task", "fields": [*_COMPANY, "task_id", "created_at", "_id"]}],
    }


class Job(TenantDocument):
    """Long work that somebody has asked for, done step by step: each step is one transaction that also writes this.

    `steps` counts them, and is what a step is guarded by: of two workers that do the same job one is told to stop.
    `position` is where the next step begins, in the words of the kind; `tally` is what came of the steps so far.
    `created_by_id` is null where staff of the platform have asked, in nobody's name.
    `is_dead`: it has failed because its task is a dead letter; it goes on if an operator has that tried anew.
    """

    kind = StringField(required=True, choices=[kind.value for kind in JobKind])
    status = StringField(required=True, choices=[status.value for status in JobStatus])
    parameters = DictField()
    created_by_id = ObjectIdField(null=True)
    done = IntField(required=True, default=0)
    total = IntField(null=True)
    steps = IntField(required=True, default=0)
    attempts = IntField(required=True, default=0)
    position = DictField(null=True)
    tally = DictField()
    errors = ListField(DictField())
    error_count = IntField(required=True, default=0)
    result = DictField(null=True)
    is_dead = BooleanField()
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)
    finished_at = DateTimeField(null=True)
    expires_at = DateTimeField(required=True)

    meta: ClassVar[dict[str, Any]] = {
        "collection": "jobs",
        "references": {"created_by_id": "memberships"},
        "mentions": {"parameters.project_id": "projects"},
        "indexes": [
            {"name": "creator", "fields": [*_COMPANY, "created_by_id", "created_at", "_id"]},
            {"name": "status", "fields": [*_COMPANY, "status"]},
            {"name": "expiry", "fields": ["expires_at"], "expireAfterSeconds": 0},
        ],
    }


class JobChunk(TenantDocument):
    """A piece of a file that a job reads or has written, so that whatever worker does the job has it at hand."""

    file_id = ObjectIdField(required=True)
    number = IntField(required=True)
    data = BinaryField(required=True)
    expires_at = DateTimeField(required=True)

    meta: ClassVar[dict[str, Any]] = {
        "collection": "job_chunks",
        "no_references": ("file_id",),  # a file is its chunks, which are found within the company alone
        "indexes": [
            {"name": "number", "fields": [*_COMPANY, "file_id", "number"], "unique": True},
            {"name": "expiry", "fields": ["expires_at"], "expireAfterSeconds": 0},
        ],
    }
