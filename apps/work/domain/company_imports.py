"""A company's whole export, imported into an empty company.

1. The archive is read whole: nothing is written of one that is not as its manifest says, or has a bad line
   (`company_checks`).
2. People become members. 3. Tasks, then comments are written batch by batch.
4. Projects come last, all at once, with what the audit is told: until then the company counts as empty, so
   that an import that was broken off is simply run again. What it left behind is taken away first: no task is without
   its project otherwise.

Each part is a transaction that holds the company, and finds it active: nothing is written into one that is suspended,
or begins to be deleted, while its import is under way.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from bson import ObjectId
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth import api as auth_api
from apps.tenants import api as tenants_api
from apps.tenants.api import CompanyStatus
from apps.work import conf
from apps.work.documents import Comment, Project, Task
from apps.work.domain import archives, audited, company_rows
from apps.work.errors import BrokenArchive, CompanyNotActive, CompanyNotEmpty
from novapulse.data import transaction
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from apps.tenants.api import CompanyRecord

T = TypeVar("T")

Document = dict[str, Any]

_DUPLICATE: Final = 11000  # MongoDB's code for a key that is there already


@dataclass(frozen=True, slots=True)
class Source:
    """An archive that was checked, and what its words stand for in the bound company."""

    path: Path
    members: Mapping[str | None, ObjectId | None]
    projects: Mapping[str, ObjectId]

    def batches(self, name: str, *, checks: Mapping[str, Any]) -> Iterator[list[Document]]:
        """Read a file of it, checked, batch by batch."""
        lines = archives.records(self.path, name=name)
        rows = (company_rows.taken(record, checks=checks, place=f"{name}, line {line}") for line, record in lines)
        while batch := list(islice(rows, conf.IMPORT_BATCH)):
            yield batch

    def member(self, email: str | None) -> ObjectId | None:
        """Give the membership of an address; None for nobody."""
        try:
            return self.members[email]
        except KeyError:
            raise BrokenArchive(f"{email} is not among the members of the archive.") from None

    def project(self, key: str) -> ObjectId:
        """Give the id that the project will have."""
        try:
            return self.projects[key]
        except KeyError:
            raise BrokenArchive(f"{key} is not among the projects of the archive.") from None


def require_ready() -> None:
    """Raise CompanyNotActive, or CompanyNotEmpty, where the bound company takes no import."""
    _check_is_active(tenants_api.company(scope.current().company_id))
    _check_is_empty()


def _check_is_active(company: CompanyRecord) -> None:
    if company.status is not CompanyStatus.ACTIVE:
        raise CompanyNotActive(f"{company.slug} is {company.status.word}; only an active company takes an import.")


def _check_is_empty() -> None:
    if Project.collection().find_one({}, {"_id": 1}) is not None:
        raise CompanyNotEmpty


def import_company(path: Path, *, progress: Callable[[int], None]) -> dict[str, int]:
    """Import an archive that `company_checks.checked` has found good; call `progress` with how many lines are done.

    Gives how many of each there are. Raises CompanyNotActive, CompanyNotEmpty, BrokenArchive, OSError;
    CompanyGoing where the deletion of the company begins meanwhile.
    """
    require_ready()
    _held(_take_away_leftovers)
    projects = [
        row for batch in Source(path, {}, {}).batches("projects.ndjson", checks=company_rows.PROJECT) for row in batch
    ]
    source = Source(path, {None: None, **_restored(path)}, {row["key"]: ObjectId() for row in projects})
    counts = {"members": len(source.members) - 1, "projects": len(projects), "tasks": 0, "comments": 0}
    for tasks in source.batches("tasks.ndjson", checks=company_rows.TASK):
        _held(partial(_insert_tasks, tasks, source=source))
        counts["tasks"] += len(tasks)
        progress(len(tasks))
    for comments in source.batches("comments.ndjson", checks=company_rows.COMMENT):
        _held(partial(_insert_comments, comments, source=source))
        counts["comments"] += len(comments)
        progress(len(comments))
    _held(partial(_insert_projects, projects, source=source, counts=counts))
    return counts


def _held(work: Callable[[], T]) -> T:
    """Do a part of it in a transaction, while nobody else turns or deletes the company."""

    def part() -> T:
        _check_is_active(tenants_api.hold_company(scope.current().company_id))
        return work()

    try:
        return transaction.run(part)
    except BulkWriteError as error:
        if all(each["code"] == _DUPLICATE for each in error.details["writeErrors"]):
            raise BrokenArchive("Something of it is there already: in the archive twice, or in the company.") from error
        raise


def _take_away_leftovers() -> None:
    for document in (Task, Comment):
        document.collection().delete_many({})


def _restored(path: Path) -> dict[str | None, ObjectId | None]:
    rows = [record for _, record in archives.records(path, name="members.ndjson")]
    try:
        restored = _held(partial(auth_api.restore_members, rows))
    except ValueError as error:
        raise BrokenArchive(f"members.ndjson: {error}.") from error
    return dict(restored.items())


def _insert_tasks(rows: list[Document], *, source: Source) -> None:
    Task.collection().insert_many([_task(row, source=source) for row in rows])


def _task(row: Document, *, source: Source) -> Document:
    ids = {
        "project_id": source.project(row["project"]),
        "assignee_id": source.member(row["assignee"]),
        "reporter_id": source.member(row["reporter"]),
    }
    own = {name: value for name, value in row.items() if name not in {"project", "assignee", "reporter"}}
    return {**own, **ids, "comments_written": 0}


def _insert_comments(rows: list[Document], *, source: Source) -> None:
    tasks = _tasks_of(rows, source=source)
    documents = [
        {
            "task_id": tasks[(row["project"], row["task"])],
            "author_id": source.member(row["author"]),
            **{name: row[name] for name in ("body", "version", "created_at", "updated_at")},
        }
        for row in rows
    ]
    Comment.collection().insert_many(documents)
    Task.collection().bulk_write(
        [UpdateOne({"_id": document["task_id"]}, {"$inc": {"comments_written": 1}}) for document in documents]
    )


def _tasks_of(rows: list[Document], *, source: Source) -> dict[tuple[str, int], ObjectId]:
    found: dict[tuple[str, int], ObjectId] = {}
    for key in {row["project"] for row in rows}:
        numbers = list({row["task"] for row in rows if row["project"] == key})
        where = {"project_id": source.project(key), "number": {"$in": numbers}}
        for task in Task.collection().find(where, {"number": 1}, hint="number"):
            found[(key, task["number"])] = task["_id"]
    missing = sorted({(row["project"], row["task"]) for row in rows} - set(found))
    if missing:
        raise BrokenArchive(f"There is a comment on {missing[0][0]}-{missing[0][1]}, which is not in the archive.")
    return found


def _insert_projects(rows: list[Document], *, source: Source, counts: Mapping[str, int]) -> None:
    _check_is_empty()
    documents = [{"_id": source.projects[row["key"]], **row} for row in rows]
    if documents:
        Project.collection().insert_many(documents)
    imported = Entry(Action.COMPANY_IMPORTED, scope.current().company_id, details=counts)
    audit_api.record([imported, *(audited.new(Action.PROJECT_CREATED, each) for each in documents)])
