"""The rehearsal of a batch: what is stored, and what would be after each step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bson import ObjectId

from apps.auth import api as auth_api
from apps.work import conf
from apps.work.documents import Project, Task
from apps.work.domain import bulk_create
from apps.work.enums import ProjectStatus
from apps.work.errors import ExternalKeyTaken, ProjectArchived, UnknownMember, UnknownProject
from novapulse import clock, context
from novapulse.errors import NotFound
from novapulse.web.refusals import PreconditionFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from apps.work.domain.bulk_create import NewTask

Document = dict[str, Any]
_AT_ONCE = 2 * conf.BATCH_MAX  # MongoDB would hand out the first hundred and wait to be asked for the rest

ExternalKey = tuple[ObjectId, str]  # a project and the key in it


@dataclass(slots=True)
class Ledger:
    """What is stored, and what a batch makes of it. A step that raises has changed nothing here.

    stored: tasks as they were read. now: those of them that are still there, as they are now. created: new tasks, not
    numbered yet. statuses: of projects. owners: which task has an external key.
    """

    stored: Mapping[ObjectId, Document]
    statuses: Mapping[ObjectId, str]
    members: frozenset[ObjectId]
    owners: dict[ExternalKey, ObjectId]
    now: dict[ObjectId, Document] = field(default_factory=dict)
    created: list[Document] = field(default_factory=list)

    def create(self, new: NewTask, *, project_id: ObjectId) -> Document:
        """Add a task; raise UnknownProject, ProjectArchived, UnknownMember, ExternalKeyTaken."""
        if project_id not in self.statuses:
            raise UnknownProject
        if self.statuses[project_id] != ProjectStatus.ACTIVE:
            raise ProjectArchived
        self._require_member(new.assignee_id)
        reporter_id = context.principal().membership_id
        document = bulk_create.document_of(new, number=0, project_id=project_id, reporter_id=reporter_id)
        document["_id"] = ObjectId()
        self._claim(document)
        self.created.append(document)
        return document

    def change(self, task_id: ObjectId, *, version: int, changes: Mapping[str, Any]) -> Document:
        """Change a task; raise NotFound, PreconditionFailed, UnknownMember, ExternalKeyTaken."""
        before = self._present(task_id, version=version)
        if not changes:
            return before
        self._require_member(changes.get("assignee_id"))
        after = {**before, **changes, "version": version + 1, "updated_at": clock.now()}
        if after["external_key"] != before["external_key"]:
            self._claim(after)
            self._release(before)
        self.now[task_id] = after
        return after

    def delete(self, task_id: ObjectId, *, version: int) -> None:
        """Take a task away; raise NotFound, PreconditionFailed."""
        self._release(self._present(task_id, version=version))
        del self.now[task_id]

    def _present(self, task_id: ObjectId, *, version: int) -> Document:
        task = self.now.get(task_id)
        if task is None:
            raise NotFound
        if task["version"] != version:
            raise PreconditionFailed
        return task

    def _require_member(self, assignee_id: ObjectId | None) -> None:
        if assignee_id is not None and assignee_id not in self.members:
            raise UnknownMember

    def _claim(self, task: Document) -> None:
        if task["external_key"] is None:
            return
        place = (task["project_id"], task["external_key"])
        if self.owners.setdefault(place, task["_id"]) != task["_id"]:
            raise ExternalKeyTaken

    def _release(self, task: Document) -> None:
        self.owners.pop((task["project_id"], task["external_key"]), None)


def read(
    *,
    task_ids: Iterable[ObjectId],
    creations: Sequence[tuple[ObjectId, NewTask]],
    changes: Sequence[tuple[ObjectId, Mapping[str, Any]]],
) -> Ledger:
    """Read all that a batch touches, by at most four commands: tasks, projects, members, external keys."""
    stored = {task["_id"]: task for task in _found(Task, "_id", task_ids)}
    projects = _found(Project, "_id", {project_id for project_id, _ in creations}, "status")
    assignees = {new.assignee_id for _, new in creations} | {change.get("assignee_id") for _, change in changes}
    wanted = [(project_id, new.external_key) for project_id, new in creations]
    wanted += [(stored[id_]["project_id"], change.get("external_key")) for id_, change in changes if id_ in stored]
    owners = {(task["project_id"], task["external_key"]): task["_id"] for task in _having(wanted)}
    own = {(task["project_id"], task["external_key"]): task["_id"] for task in stored.values()}
    return Ledger(
        stored=stored,
        statuses={project["_id"]: project["status"] for project in projects},
        members=auth_api.active_members(id_ for id_ in assignees if id_ is not None),
        owners=owners | own,
        now=dict(stored),
    )


def _found(kind: Any, name: str, values: Iterable[ObjectId], *wanted: str) -> list[Document]:  # noqa: ANN401  MongoEngine is untyped
    ids = list(values)
    cursor = kind.collection().find({name: {"$in": ids}}, wanted or None, batch_size=_AT_ONCE) if ids else ()
    return list(cursor)


def _having(wanted: Sequence[tuple[ObjectId, str | None]]) -> list[Document]:
    """Read the tasks that have one of these keys, and a few that have the key of another project's."""
    places = [(project_id, key) for project_id, key in wanted if key is not None]
    if not places:
        return []
    where = {
        "project_id": {"$in": list({project_id for project_id, _ in places})},
        "external_key": {"$in": list({key for _, key in places})},
    }
    names = ["project_id", "external_key"]
    return list(Task.collection().find(where, names, hint="external_key", batch_size=_AT_ONCE))
