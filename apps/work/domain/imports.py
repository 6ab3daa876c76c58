"""Imports: the issues of another tracker become tasks of a project, each once.

Idempotent by `external_key`: a row whose key the project has is left alone, since people may have worked on its task.
Each batch is a transaction of its own, so what was imported before a crash stays, and the next run goes on behind it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from apps.auth import api as auth_api
from apps.work import conf
from apps.work.documents import Project, Task
from apps.work.domain.bulk_create import NewTask, insert_tasks
from apps.work.domain.issue_rows import BadRow, IssueRow, Remark
from apps.work.errors import UnknownProjectKey
from novapulse.data import transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from bson import ObjectId

    Row = IssueRow | BadRow
    Settle = Callable[[list[IssueRow], "Target"], int]


@dataclass(frozen=True, slots=True)
class Target:
    """Where the tasks go, and who reports them: nobody where a command imports."""

    project_id: ObjectId
    reporter_id: ObjectId | None = None


@dataclass(slots=True)
class ImportReport:
    """How an import went: how many rows became tasks, were there already, or were not taken and why."""

    created: int = 0
    present: int = 0
    bad: list[BadRow] = field(default_factory=list)


def project_by_key(key: str) -> ObjectId:
    """Find a project of the bound company, or raise UnknownProjectKey."""
    found = Project.collection().find_one({"key": key}, {"_id": 1})
    if found is None:
        raise UnknownProjectKey(f"The company has no project {key}.")
    return found["_id"]  # type: ignore[no-any-return]  # documents are untyped


def import_issues(
    rows: Iterable[Row], *, target: Target, settle: Settle, progress: Callable[[int], None]
) -> ImportReport:
    """Take the rows in batches, and call `progress` with the size of each that is done.

    `settle` is `create_missing`, or `count_missing` where nothing may change. Raises ProjectArchived.
    """
    report = ImportReport()
    for batch in batches(rows):
        issues = [row for row in batch if isinstance(row, IssueRow)]
        report.bad += [row for row in batch if isinstance(row, BadRow)]
        created = settle(issues, target)
        report.created += created
        report.present += len(issues) - created
        progress(len(batch))
    return report


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Give the rows in batches, each for one transaction."""
    source = iter(rows)
    while batch := list(islice(source, conf.IMPORT_BATCH)):
        yield batch


def create_missing(issues: list[IssueRow], target: Target) -> int:
    """Create the tasks that the project lacks, in one transaction of at most five commands; tell how many."""

    def create() -> int:
        missing = _missing(issues, project_id=target.project_id)
        members = _members(missing)
        tasks = [_task_of(issue, members=members) for issue in missing]
        insert_tasks(tasks, project_id=target.project_id, reporter_id=target.reporter_id)
        return len(missing)

    return transaction.run(create)


def count_missing(issues: list[IssueRow], target: Target) -> int:
    """Tell how many tasks `create_missing` would create, and change nothing."""
    return len(_missing(issues, project_id=target.project_id))


def remarks(issues: list[IssueRow]) -> tuple[Remark, ...]:
    """Tell what of the rows is left out: words that we do not know, and people who are no members."""
    members = _members(issues)
    strangers = [issue for issue in issues if issue.assignee and issue.assignee not in members]
    unknown = [Remark(issue.line, "unknown-assignee", _stranger(issue.assignee)) for issue in strangers]
    return (*(remark for issue in issues for remark in issue.remarks), *unknown)


def _stranger(assignee: str) -> str:
    return f"{assignee[:50]!r} is not the e-mail address of an active member; the task is nobody's."


def _members(issues: list[IssueRow]) -> Mapping[str, ObjectId]:
    return auth_api.members_by_email({issue.assignee for issue in issues if "@" in issue.assignee})


def _missing(issues: list[IssueRow], *, project_id: ObjectId) -> list[IssueRow]:
    keys = [issue.external_key for issue in issues]
    # The bound beside `$in` lets the query run on the partial index, which leaves tasks without a key out.
    selector = {"project_id": project_id, "external_key": {"$in": keys, "$gt": ""}}
    present = {task["external_key"] for task in Task.collection().find(selector, {"external_key": 1})}
    return [issue for issue in issues if issue.external_key not in present]


def _task_of(issue: IssueRow, *, members: Mapping[str, ObjectId]) -> NewTask:
    return NewTask(
        title=issue.title,
        description=issue.description,
        status=issue.status,
        priority=issue.priority,
        assignee_id=members.get(issue.assignee),
        labels=issue.labels,
        points=issue.points,
        due_at=issue.due_at,
        external_key=issue.external_key,
    )
