"""Projects, tasks and jobs as the admin reads them (docs/admin.md), of one company at a time."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from django.db import models
from django_mongodb_backend.fields import ObjectIdAutoField, ObjectIdField

from apps.work.enums import JobKind, JobStatus, ProjectStatus, TaskPriority, TaskStatus
from novapulse.web.admin.fields import AnythingField


def _choices(words: type[StrEnum]) -> list[tuple[str, str]]:
    return [(each.value, each.value.replace("_", " ").capitalize()) for each in words]


class Project(models.Model):
    """A project."""

    id = ObjectIdAutoField(primary_key=True, db_column="_id")
    key = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    description = models.TextField()
    status = models.CharField(max_length=20, choices=_choices(ProjectStatus))
    created_at = models.DateTimeField("created")
    updated_at = models.DateTimeField("changed")

    class Meta:
        managed = False
        db_table = "projects"
        default_permissions = ("view",)

    def __str__(self) -> str:
        """Name it."""
        return f"{self.key} {self.name}"


class Task(models.Model):
    """A task."""

    id = ObjectIdAutoField(primary_key=True, db_column="_id")
    number = models.IntegerField()
    project_id = ObjectIdField("project")
    title = models.CharField(max_length=300)
    description = models.TextField()
    status = models.CharField(max_length=20, choices=_choices(TaskStatus))
    priority = models.CharField(max_length=20, choices=_choices(TaskPriority))
    assignee_id = ObjectIdField("assignee", null=True)
    reporter_id = ObjectIdField("reporter", null=True)
    labels = AnythingField(null=True)
    points = models.FloatField(null=True)
    due_at = models.DateTimeField("due", null=True)
    external_key = models.CharField(max_length=200, null=True)
    created_at = models.DateTimeField("created")
    updated_at = models.DateTimeField("changed")

    hints: ClassVar[Mapping[tuple[str, ...], str]] = {
        ("status", "created_at"): "status_created",
        ("created_at",): "all_created",
        ("updated_at",): "all_updated",
        ("due_at",): "all_due",
    }

    class Meta:
        managed = False
        db_table = "tasks"
        default_permissions = ("view",)

    def __str__(self) -> str:
        """Name it."""
        return f"{self.number} {self.title}"


class Job(models.Model):
    """An import, an export or a purge."""

    id = ObjectIdAutoField(primary_key=True, db_column="_id")
    kind = models.CharField(max_length=20, choices=_choices(JobKind))
    status = models.CharField(max_length=20, choices=_choices(JobStatus))
    created_by_id = ObjectIdField("asked for by", null=True)
    parameters = AnythingField(null=True)
    done = models.IntegerField()
    total = models.IntegerField(null=True)
    attempts = models.IntegerField()
    tally = AnythingField("came of it", null=True)
    error_count = models.IntegerField("errors")
    errors = AnythingField("first errors", null=True)
    created_at = models.DateTimeField("asked for")
    finished_at = models.DateTimeField("finished", null=True)

    class Meta:
        managed = False
        db_table = "jobs"
        default_permissions = ("view",)

    def __str__(self) -> str:
        """Name it."""
        return f"{self.get_kind_display()} {self.pk}"
