"""Imports: the issues of another tracker become tasks of a project, each once.

Idempotent by `external_key`: a row whose key the project has is left alone, since people may have worked on its task.
Each batch is a transaction of its own, so what was imported before a crash stays, and the next run goes on behind it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from apps.work import conf
from apps.work.documents import Project, Task
from apps.work.domain.bulk_create import NewTask, insert_tasks
from apps.work.domain.issue_files import BadRow, IssueRow
from apps.work.errors import UnknownProjectKey
from novapulse.data import transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bson import ObjectId

    Settle = Callable[[list[IssueRow], ObjectId], int]


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
    rows: Iterable[IssueRow | BadRow], *, project_id: ObjectId, settle: Settle, progress: Callable[[int], None]
) -> ImportReport:
    """Take the rows in batches, and call `progress` with the size of each that is done.

    `settle` is `create_missing`, or `count_missing` where nothing may change. Raises ProjectArchived.
    """
    report, source = ImportReport(), iter(rows)
    while batch := list(islice(source, conf.IMPORT_BATCH)):
        issues = [row for row in batch if isinstance(row, IssueRow)]
        report.bad += [row for row in batch if isinstance(row, BadRow)]
        created = settle(issues, project_id)
        report.created += created
        report.present += len(issues) - created
        progress(len(batch))
    return report


def create_missing(issues: list[IssueRow], project_id: ObjectId) -> int:
    """Create the tasks that the project lacks, in one transaction of at most three commands; tell how many."""

    def create() -> int:
        missing = _missing(issues, project_id=project_id)
        insert_tasks([_task_of(issue) for issue in missing], project_id=project_id, reporter_id=None)
        return len(missing)

    return transaction.run(create)


def count_missing(issues: list[IssueRow], project_id: ObjectId) -> int:
    """Tell how many tasks `create_missing` would create, and change nothing."""
    return len(_missing(issues, project_id=project_id))


def _missing(issues: list[IssueRow], *, project_id: ObjectId) -> list[IssueRow]:
    keys = [issue.external_key for issue in issues]
    # The bound beside `$in` lets the query run on the partial index, which leaves tasks without a key out.
    selector = {"project_id": project_id, "external_key": {"$in": keys, "$gt": ""}}
    present = {task["external_key"] for task in Task.collection().find(selector, {"external_key": 1})}
    return [issue for issue in issues if issue.external_key not in present]


def _task_of(issue: IssueRow) -> NewTask:
    return NewTask(
        title=issue.title, description=issue.description, points=issue.points, external_key=issue.external_key
    )
