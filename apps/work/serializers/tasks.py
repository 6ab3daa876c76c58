"""What the routes of tasks read and answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.work import conf
from apps.work.domain import published
from apps.work.domain.bulk_create import NewTask
from apps.work.domain.task_search import DEFAULT_SORT, MOST_FOUND, SORTS, TaskSearch
from apps.work.enums import TaskPriority, TaskStatus
from apps.work.serializers.lists import Sparse, stored_names
from novapulse.web import fields
from novapulse.web.contract import Contract
from novapulse.web.pagination import MAX_LIMIT, StalePageQuery

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bson import ObjectId

STATUSES = [status.value for status in TaskStatus]
PRIORITIES = [priority.value for priority in TaskPriority]

_AMONG = ("project_id", "status", "priority", "assignee_id", "reporter_id", "labels", "external_key")
_BOUNDS = {
    f"{word}_{suffix}": (f"{word}_at", operator)
    for word in ("due", "created", "updated")
    for suffix, operator in (("after", "$gte"), ("before", "$lt"))
}
# Nor is it white space alone, which Python and JSON Schema do not quite agree on.
_NO_COMMA = RegexValidator(r"^[^,]*[^,\s\x1c-\x1f\x85][^,]*\Z", "Has a comma, by which filters join values.")
# What null, which empties a field (RFC 7396), leaves of one that is never null.
_EMPTY: Mapping[str, Any] = {"description": "", "labels": ()}


class Task(serializers.Serializer[Any]):
    """A task. `number` counts per project; `assignee_id` and `reporter_id` are memberships."""

    id = fields.Id()
    number = serializers.IntegerField()
    project_id = fields.Id()
    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=STATUSES)
    priority = serializers.ChoiceField(choices=PRIORITIES)
    assignee_id = fields.Id(allow_null=True)
    reporter_id = fields.Id(allow_null=True, help_text="Null where no member but an operator's import made the task.")
    labels = serializers.ListField(child=serializers.CharField())
    points = serializers.FloatField(allow_null=True)
    due_at = fields.Instant(allow_null=True)
    external_key = serializers.CharField(allow_null=True)
    version = serializers.IntegerField()
    created_at = fields.Instant()
    updated_at = fields.Instant()


PUBLISHED = list(Task().fields)


class SparseTask(Sparse, Task):
    """A task, or as much of it as `fields` asks for."""


class TaskPage(serializers.Serializer[Any]):
    """A page of tasks."""

    data = SparseTask(many=True)  # type: ignore[assignment]  # DRF's own attribute of that name is not for fields
    next_cursor = serializers.CharField(allow_null=True)


class TaskChange(Contract):
    """What may be changed of a task; null empties what it can be without."""

    title = fields.Text(max_length=conf.TITLE_MAX)
    description = fields.Text(
        max_length=conf.DESCRIPTION_MAX, allow_blank=True, allow_null=True, trim_whitespace=False, required=False
    )
    status = fields.Choice(choices=STATUSES, required=False)
    priority = fields.Choice(choices=PRIORITIES, required=False)
    assignee_id = fields.Id(allow_null=True, required=False, help_text="An active member's membership id.")
    labels = fields.Array(
        child=fields.Text(max_length=conf.LABEL_MAX, validators=[_NO_COMMA]),
        max_length=conf.LABELS_MAX,
        allow_null=True,
        required=False,
    )
    points = fields.Number(min_value=0, max_value=conf.POINTS_MAX, allow_null=True, required=False)
    due_at = fields.Instant(allow_null=True, required=False)
    external_key = fields.Text(
        max_length=conf.EXTERNAL_KEY_MAX,
        validators=[_NO_COMMA],
        allow_null=True,
        required=False,
        help_text="Unique in its project.",
    )


class TaskCreation(TaskChange):
    """A new task."""

    project_id = fields.Id()


class MyTaskQuery(StalePageQuery):
    """Which tasks to list."""

    sort = fields.Choice(choices=list(SORTS), required=False, help_text=f"By default {DEFAULT_SORT}; not with `q`.")
    q = fields.Text(
        max_length=conf.SEARCH_TEXT_MAX,
        required=False,
        help_text="Words of the title or the description, the best matches first: at most the "
        f"{MOST_FOUND} best. A phrase stands in quotation marks; a hyphen in front excludes a word.",
    )
    project_id = fields.CommaList(fields.Id(), required=False)
    status = fields.CommaList(fields.Choice(choices=STATUSES), required=False)
    priority = fields.CommaList(fields.Choice(choices=PRIORITIES), required=False)
    reporter_id = fields.CommaList(fields.Id(), required=False)
    labels = fields.CommaList(fields.Text(max_length=conf.LABEL_MAX), required=False)
    external_key = fields.CommaList(fields.Text(max_length=conf.EXTERNAL_KEY_MAX), required=False)
    due_after = fields.Instant(required=False)
    due_before = fields.Instant(required=False)
    created_after = fields.Instant(required=False)
    created_before = fields.Instant(required=False)
    updated_after = fields.Instant(required=False)
    updated_before = fields.Instant(required=False)
    fields = fields.CommaList(fields.Choice(choices=PUBLISHED), required=False)  # type: ignore[assignment]  # as `data`

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a sort beside a text search: that is by relevance."""
        if "q" in attrs and "sort" in attrs:
            raise serializers.ValidationError({"sort": "A search by `q` is sorted by relevance."}, code="not-with-q")
        return attrs


@extend_schema_field({"type": "string", "pattern": "^([0-9a-f]{24}|none)$"})
class MemberOrNone(fields.Id):
    """A membership id, or `none` for what nobody has."""

    def to_internal_value(self, data: object) -> ObjectId | None:  # type: ignore[override]  # none is the point
        """Take the text."""
        return None if data == "none" else super().to_internal_value(data)


class TaskQuery(MyTaskQuery):
    """Which tasks to list."""

    assignee_id = fields.CommaList(
        MemberOrNone(),
        required=False,
        help_text="Only those of one of these members, joined by commas; `none` for nobody's.",
    )


class SparseTaskQuery(Contract):
    """How much of a task to show."""

    fields = fields.CommaList(fields.Choice(choices=PUBLISHED), required=False)  # type: ignore[assignment]  # as `data`


present = published.task  # as events show it


def new_task(body: Mapping[str, Any]) -> NewTask:
    """Take a new task out of a body that was checked."""
    given = {name: value for name, value in _emptied(body).items() if name != "project_id"}
    if "labels" in given:
        given["labels"] = tuple(dict.fromkeys(given["labels"]))
    return NewTask(**given)


def changes_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Take the changes out of a merge patch that was checked."""
    changes = _emptied(body)
    if "labels" in changes:
        changes["labels"] = list(dict.fromkeys(changes["labels"]))
    return changes


def search_of(query: Mapping[str, Any]) -> TaskSearch:
    """Take out of a query that was checked which tasks are asked for."""
    within: dict[str, dict[str, Any]] = {}
    for name, (field, operator) in _BOUNDS.items():
        if name in query:
            within.setdefault(field, {})[operator] = query[name]
    return TaskSearch(
        limit=query.get("limit", MAX_LIMIT),
        among={name: query[name] for name in _AMONG if name in query},
        within=within,
        sort=query.get("sort", DEFAULT_SORT),
        names=stored_names(query.get("fields")),
        max_staleness_seconds=query.get("max_staleness_seconds", 0),
    )


def _emptied(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _EMPTY.get(name) if value is None else value for name, value in body.items()}
