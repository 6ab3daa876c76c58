"""What the routes of jobs, and those that start them, read and answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.work import conf
from apps.work.domain.issue_shapes import FIELDS
from apps.work.domain.jobs import DEFAULT_SORT, SORTS
from apps.work.enums import ExportFormat, JobKind, JobStatus
from apps.work.serializers.tasks import PRIORITIES, STATUSES
from novapulse.web import fields
from novapulse.web.contract import Contract
from novapulse.web.pagination import PageQuery

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAPPING_MAX = 10_000  # characters


def _any_of(each: Any, **options: Any) -> fields.Array:  # noqa: ANN401  any kind of field
    return fields.Array(child=each, min_length=1, max_length=fields.CommaList.MAX_VALUES, required=False, **options)


class Progress(serializers.Serializer[Any]):
    """How far a job is."""

    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True, help_text="Null as long as nobody has counted.")


class JobError(serializers.Serializer[Any]):
    """What could not be taken."""

    line = serializers.IntegerField(help_text="Of the file, whose header is line 1; 0 is the job as a whole.")
    code = serializers.CharField()
    detail = serializers.CharField()


class Job(serializers.Serializer[Any]):
    """Long work that you have asked for."""

    id = fields.Id()
    kind = serializers.ChoiceField(choices=[kind.value for kind in JobKind])
    status = serializers.ChoiceField(choices=[status.value for status in JobStatus])
    progress = Progress()
    errors = JobError(many=True, help_text=f"The first {conf.JOB_ERRORS_KEPT}.")  # type: ignore[assignment]  # as `data`
    error_count = serializers.IntegerField(help_text="How many there are in all.")
    result = serializers.DictField(
        allow_null=True, help_text="What came of it, in figures; null until it has succeeded."
    )
    created_by_id = fields.Id()
    created_at = fields.Instant()
    updated_at = fields.Instant()
    finished_at = fields.Instant(allow_null=True)


class JobPage(serializers.Serializer[Any]):
    """A page of jobs."""

    data = Job(many=True)  # type: ignore[assignment]  # DRF's own attribute of that name is not for fields
    next_cursor = serializers.CharField(allow_null=True)


class JobQuery(PageQuery):
    """Which jobs to list."""

    sort = fields.Choice(choices=list(SORTS), default=DEFAULT_SORT)


@extend_schema_field(
    {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": {"type": "object", "additionalProperties": {"type": "string", "enum": list(FIELDS)}},
        "examples": ['{"Nr": "external_key", "Betreff": "title"}'],
    }
)
class ColumnMapping(fields.Text):
    """Columns of a file by name, and which field of a task each of them is; an object as JSON."""

    default_error_messages = {"invalid_mapping": f"Not a JSON object whose values are among: {', '.join(FIELDS)}."}

    def to_internal_value(self, data: object) -> dict[str, str]:  # type: ignore[override]  # a mapping is the point
        """Take the text."""
        try:
            found = json.loads(super().to_internal_value(data))
        except (ValueError, RecursionError):
            self.fail("invalid_mapping")
        if not isinstance(found, dict) or not all(isinstance(name, str) and name in FIELDS for name in found.values()):
            self.fail("invalid_mapping")
        return found


class FlagText(fields.Choice):
    """True or false in a multipart body, where everything is text."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  DRF's own
        """Take the two words."""
        super().__init__(choices=["true", "false"], **options)


class ImportOrder(Contract):
    """A file to import into a project."""

    file = fields.Upload(help_text=f"CSV in UTF-8 of at most {conf.IMPORT_BYTES_MAX >> 20} MiB, its header first.")
    project_id = fields.Id()
    mapping = ColumnMapping(
        max_length=_MAPPING_MAX,
        required=False,
        help_text="For columns that are not recognised by their name: which field of a task each is, as JSON.",
    )
    dry_run = FlagText(default="false", help_text="`true` tells what would be done, and changes nothing.")


class TaskFilter(Contract):
    """Which tasks. Filters mean what they mean in `GET /tasks`."""

    project_id = _any_of(fields.Id())
    status = _any_of(fields.Choice(choices=STATUSES))
    priority = _any_of(fields.Choice(choices=PRIORITIES))
    assignee_id = _any_of(fields.Id(allow_null=True), help_text="Members; null for nobody's.")
    reporter_id = _any_of(fields.Id())
    labels = _any_of(fields.Text(max_length=conf.LABEL_MAX))
    external_key = _any_of(fields.Text(max_length=conf.EXTERNAL_KEY_MAX))
    due_after = fields.Instant(required=False)
    due_before = fields.Instant(required=False)
    created_after = fields.Instant(required=False)
    created_before = fields.Instant(required=False)
    updated_after = fields.Instant(required=False)
    updated_before = fields.Instant(required=False)


class ExportOrder(TaskFilter):
    """Which tasks to export, and how; without a filter all of them. Filters mean what they mean in `GET /tasks`."""

    format = fields.Choice(choices=[each.value for each in ExportFormat])


class PurgeOrder(TaskFilter):
    """Which tasks to delete; at least one filter. Filters mean what they mean in `GET /tasks`."""

    dry_run = fields.Flag(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what would delete everything."""
        if set(attrs) <= {"dry_run"}:
            raise serializers.ValidationError("Name a filter: without one every task would go.", code="no-filter")
        return attrs


def present(job: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the API shows of a stored job."""
    return {
        "id": job["_id"],
        "kind": job["kind"],
        "status": job["status"],
        "progress": {"done": job["done"], "total": job["total"]},
        "errors": job["errors"],
        "error_count": job["error_count"],
        "result": None if job["result"] is None else _figures(job["result"]),
        "created_by_id": job["created_by_id"],
        "created_at": job["created_at"],
        "updated_at": job["updated_at"],
        "finished_at": job["finished_at"],
    }


def _figures(result: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name != "file"}  # where it lies is our affair
