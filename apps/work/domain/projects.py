"""Projects: made, listed, changed, archived, deleted when they are empty."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pymongo.errors import DuplicateKeyError

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.work.documents import Project, Task
from apps.work.domain import announced, audited, guarded
from apps.work.enums import ProjectStatus
from apps.work.errors import ProjectKeyTaken, ProjectNotEmpty
from novapulse import clock
from novapulse.data import events, keyset, staleness, transaction
from novapulse.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bson import ObjectId

Document = dict[str, Any]

SORTS = {
    f"{sign}{name}": keyset.Order(name, descending=bool(sign))
    for name in ("created_at", "updated_at", "name")
    for sign in ("", "-")
}
DEFAULT_SORT = "-created_at"
_INDEXES = {"created_at": "created", "updated_at": "updated", "name": "name"}


@dataclass(frozen=True, slots=True)
class ProjectSearch:
    """Which projects, in which order, how many, what of each, and how far behind they may be.

    among: for a field the values of which one must be its. within: for a field its bounds, `$gte` or `$lt`. sort: one
    of `SORTS`. names: of stored fields; None for all.
    """

    limit: int
    among: Mapping[str, Sequence[str]] = field(default_factory=dict)
    within: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sort: str = DEFAULT_SORT
    names: frozenset[str] | None = None
    max_staleness_seconds: int = 0


def create(*, key: str, name: str, description: str) -> Document:
    """Make a project: two commands in a transaction. Raises ProjectKeyTaken."""

    def make() -> Document:
        project = _create(key=key, name=name, description=description)
        events.tell(lambda: [announced.project_created(project)])
        audit_api.record([audited.new(Action.PROJECT_CREATED, project)])
        return project

    return transaction.run(make)


def page(search: ProjectSearch, *, after: keyset.Position | None = None) -> keyset.Page:
    """Read one page of a list: one command."""
    stored = staleness.relaxed(Project.collection(), max_staleness_seconds=search.max_staleness_seconds)
    return keyset.page(stored, walk(search), after=after)


def walk(search: ProjectSearch) -> keyset.Walk:
    """Say how the list is read: by which filter, order and index."""
    order = SORTS[search.sort]
    where = {name: {"$in": list(values)} for name, values in search.among.items()}
    where |= {name: dict(bounds) for name, bounds in search.within.items()}
    projection = None if search.names is None else dict.fromkeys({*search.names, order.field}, 1)
    return keyset.Walk(where, order, search.limit, projection=projection, hint=_INDEXES[order.field])


def one(project_id: ObjectId) -> Document:
    """Read a project: one command. Raises NotFound."""
    document = Project.collection().find_one({"_id": project_id})
    if document is None:
        raise NotFound
    return document


def update(project_id: ObjectId, *, changes: Mapping[str, Any], version: int) -> Document:
    """Change a project: two commands in a transaction, or two where the first finds nothing.

    Raises NotFound, PreconditionFailed, ProjectKeyTaken.
    """
    projects, selector = Project.collection(), {"_id": project_id, "version": version}
    try:
        document = guarded.update(projects, selector, changes=changes, told=_tell_updated)
    except DuplicateKeyError as error:
        raise ProjectKeyTaken from error
    if document is None:
        raise guarded.absence(projects, project_id)
    return document


def delete(project_id: ObjectId, *, version: int) -> None:
    """Delete a project that has no tasks, in one transaction of three commands.

    A task that is being created at the same time has written the project (`numbers.reserve`), so that the two collide.

    Raises NotFound, PreconditionFailed, ProjectNotEmpty.
    """

    def work() -> None:
        projects = Project.collection()
        project = projects.find_one_and_delete({"_id": project_id, "version": version}, {"key": 1})
        if project is None:
            raise guarded.absence(projects, project_id)
        if Task.collection().find_one({"project_id": project_id}, {"_id": 1}, hint="number") is not None:
            raise ProjectNotEmpty
        events.tell(lambda: [announced.project_deleted(project)])
        audit_api.record([Entry(Action.PROJECT_DELETED, project_id)])

    transaction.run(work)


def _create(*, key: str, name: str, description: str) -> Document:
    now = clock.now()
    document: Document = {
        "key": key,
        "name": name,
        "description": description,
        "status": ProjectStatus.ACTIVE.value,
        "next_number": 1,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    try:
        Project.collection().insert_one(document)
    except DuplicateKeyError as error:
        raise ProjectKeyTaken from error
    return document


def _tell_updated(before: Document, after: Document) -> None:
    events.tell(lambda: [announced.project_updated(after)])
    audit_api.record([audited.changed(Action.PROJECT_UPDATED, before, after)])
