"""Exports as jobs: the tasks of a list are written page by page into a file that can be downloaded.

It is no snapshot: what is changed while it runs may be there as it was or as it is. Each page is read on an index from
where the one before has ended, so that the last page costs what the first does, and memory holds one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bson import ObjectId

from apps.work import conf
from apps.work.domain import export_rows, job_files, jobs, task_search
from apps.work.domain.job_steps import Step
from apps.work.enums import ExportFormat, JobKind
from apps.work.errors import ExportTooLarge
from novapulse.data.keyset import Position

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apps.work.domain.job_steps import Run
    from apps.work.domain.task_search import TaskSearch

Document = dict[str, Any]

_FROM_THE_START: Mapping[str, Any] = {"value": None, "id": None, "chunks": 0, "bytes": 0, "is_last": False}


def create(search: TaskSearch, *, written_as: ExportFormat) -> Document:
    """Ask for an export of the tasks that a search finds, inside the caller's transaction. Raises TooManyJobs."""
    parameters = {"format": written_as.value, "search": task_search.stored(search), "file_id": ObjectId()}
    return jobs.create(JobKind.EXPORT, parameters)


def perform(run: Run) -> Document:
    """Write the pages behind those that earlier attempts have written. Raises ExportTooLarge and what `step` raises."""
    parameters = run.parameters
    search = task_search.restored(parameters["search"], limit=conf.EXPORT_PAGE)
    run.expect(task_search.count(search))
    while not (at := run.job["position"] or _FROM_THE_START)["is_last"]:
        run.step(lambda at=at: _page(search, parameters=parameters, at=at))  # type: ignore[misc]  # bound now
    file = {"id": parameters["file_id"], "format": parameters["format"]}
    return {"rows": run.job["done"], "bytes": at["bytes"], "file": file}


def _page(search: TaskSearch, *, parameters: Document, at: Mapping[str, Any]) -> Step:
    after = None if at["id"] is None else Position(at["value"], at["id"])
    page = task_search.page(search, after=after)
    data = _written(page.rows, written_as=parameters["format"], is_first=after is None)
    size = at["bytes"] + len(data)
    if size > conf.EXPORT_BYTES_MAX:
        raise ExportTooLarge
    position = {
        "value": None if page.next is None else page.next.value,
        "id": None if page.next is None else page.next.id,
        "chunks": job_files.append(parameters["file_id"], data, number=at["chunks"]),
        "bytes": size,
        "is_last": page.next is None,
    }
    return Step(len(page.rows), position=position)


def _written(tasks: list[Document], *, written_as: str, is_first: bool) -> bytes:
    names = export_rows.names_of(tasks)
    if written_as == ExportFormat.NDJSON:
        return export_rows.ndjson_lines(tasks, names)
    return (export_rows.csv_head() if is_first else b"") + export_rows.csv_lines(tasks, names)
