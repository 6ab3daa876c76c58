"""What the routes of projects read and answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.validators import RegexValidator
from rest_framework import serializers

from apps.work import conf
from apps.work.domain import published
from apps.work.domain.projects import DEFAULT_SORT, SORTS, ProjectSearch
from apps.work.enums import ProjectStatus
from apps.work.serializers.lists import Sparse, stored_names
from novapulse.web import fields
from novapulse.web.contract import Contract
from novapulse.web.pagination import StalePageQuery

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUSES = [status.value for status in ProjectStatus]

_BOUNDS = {"updated_after": "$gte", "updated_before": "$lt"}

_KEY = RegexValidator(r"^[A-Z0-9]{2,10}\Z", "2 to 10 capital letters or digits.")


class Project(serializers.Serializer[Any]):
    """A project. An archived one takes no new tasks; those that it has can still be changed."""

    id = fields.Id()
    key = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=STATUSES)
    version = serializers.IntegerField()
    created_at = fields.Instant()
    updated_at = fields.Instant()


PUBLISHED = list(Project().fields)


class SparseProject(Sparse, Project):
    """A project, or as much of it as `fields` asks for."""


class ProjectPage(serializers.Serializer[Any]):
    """A page of projects."""

    data = SparseProject(many=True)  # type: ignore[assignment]  # DRF's own attribute of that name is not for fields
    next_cursor = serializers.CharField(allow_null=True)


class ProjectCreation(Contract):
    """A new project."""

    key = fields.Text(validators=[_KEY], help_text="Unique in the company; what its tasks' numbers are prefixed with.")
    name = fields.Text(max_length=conf.PROJECT_NAME_MAX)
    description = fields.Text(
        max_length=conf.DESCRIPTION_MAX, allow_blank=True, allow_null=True, trim_whitespace=False, required=False
    )


class ProjectChange(ProjectCreation):
    """What may be changed of a project."""

    status = fields.Choice(choices=STATUSES, help_text="`archived` to take no new tasks, `active` to take them again.")


class ProjectQuery(StalePageQuery):
    """Which projects to list."""

    sort = fields.Choice(choices=list(SORTS), default=DEFAULT_SORT)
    status = fields.CommaList(fields.Choice(choices=STATUSES), required=False)
    key = fields.CommaList(fields.Text(validators=[_KEY]), required=False)
    updated_after = fields.Instant(required=False)
    updated_before = fields.Instant(required=False)
    fields = fields.CommaList(fields.Choice(choices=PUBLISHED), required=False)  # type: ignore[assignment]  # as `data`


class SparseProjectQuery(Contract):
    """How much of a project to show."""

    fields = fields.CommaList(fields.Choice(choices=PUBLISHED), required=False)  # type: ignore[assignment]  # as `data`


present = published.project  # as events show it


def changes_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Take the changes out of a merge patch that was checked: null empties the description."""
    changes = dict(body)
    if "description" in changes:
        changes["description"] = changes["description"] or ""
    return changes


def search_of(query: Mapping[str, Any]) -> ProjectSearch:
    """Take out of a query that was checked which projects are asked for."""
    bounds = {operator: query[name] for name, operator in _BOUNDS.items() if name in query}
    return ProjectSearch(
        limit=query["limit"],
        among={name: query[name] for name in ("status", "key") if name in query},
        within={"updated_at": bounds} if bounds else {},
        sort=query["sort"],
        names=stored_names(query.get("fields")),
        max_staleness_seconds=query["max_staleness_seconds"],
    )
