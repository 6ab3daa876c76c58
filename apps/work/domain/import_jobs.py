"""Imports as jobs: an uploaded file becomes tasks batch by batch, in the name of whoever has sent it."""

from __future__ import annotations

import io
from itertools import islice
from typing import TYPE_CHECKING, Any

from apps.observability import api as observability_api
from apps.work.domain import imports, issue_files, job_files, jobs, projects
from apps.work.domain.imports import Target
from apps.work.domain.issue_rows import BadRow, IssueRow
from apps.work.domain.job_steps import Step
from apps.work.enums import JobKind, ProjectStatus
from apps.work.errors import ProjectArchived, UnknownProject
from novapulse.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bson import ObjectId

    from apps.work.domain.job_steps import Run

Document = dict[str, Any]


def create(file_id: ObjectId, *, project_id: ObjectId, mapping: Mapping[str, str], is_dry_run: bool) -> Document:
    """Ask for an import of a file that was uploaded, inside the caller's transaction.

    Raises UnknownProject, ProjectArchived, TooManyJobs.
    """
    try:
        project = projects.one(project_id)
    except NotFound as error:
        raise UnknownProject from error
    if project["status"] != ProjectStatus.ACTIVE:
        raise ProjectArchived
    pairs = [list(pair) for pair in mapping.items()]  # names of columns may hold dots, which names of fields must not
    parameters = {"file_id": file_id, "project_id": project_id, "mapping": pairs, "dry_run": is_dry_run}
    return jobs.create(JobKind.IMPORT, parameters)


def perform(run: Run) -> Document:
    """Import the rows behind those that earlier attempts have settled; give what came of all of them.

    Raises UnreadableFile, NoResult, ProjectArchived, UnknownProject, and what `Run.step` raises.
    """
    parameters = run.parameters
    if run.job["total"] is None:
        run.expect(sum(1 for _ in _rows(parameters)))
    target = Target(parameters["project_id"], run.job["created_by_id"])
    settle = imports.count_missing if parameters["dry_run"] else imports.create_missing

    def settled(batch: list[IssueRow | BadRow]) -> Step:
        issues = [row for row in batch if isinstance(row, IssueRow)]
        bad = [row for row in batch if isinstance(row, BadRow)]
        created = settle(issues, target)
        tally = {"created": created, "present": len(issues) - created, "bad": len(bad)}
        said = sorted((*bad, *imports.remarks(issues)), key=lambda remark: remark.line)
        return Step(len(batch), tally=tally, remarks=tuple(said))

    for batch in imports.batches(islice(_rows(parameters), run.job["done"], None)):
        run.step(lambda batch=batch: settled(batch))  # type: ignore[misc]  # bound now, as a loop's function must be
    if not parameters["dry_run"]:
        observability_api.imported()
    counted = {"created": 0, "present": 0, "bad": 0, **run.job["tally"]}
    return {**counted, "dry_run": parameters["dry_run"]}


def _rows(parameters: Document) -> Iterator[IssueRow | BadRow]:
    with io.TextIOWrapper(
        job_files.opened(parameters["file_id"]), encoding="utf-8-sig", errors="surrogateescape", newline=""
    ) as file:
        yield from issue_files.read_issues(file, mapping=dict(parameters["mapping"]))
