"""Purges: the tasks that a list has now are deleted for good, with their comments, batch by batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.work import conf
from apps.work.documents import Comment, Task
from apps.work.domain import announced, jobs, task_search
from apps.work.domain.job_steps import Step
from apps.work.domain.task_search import TaskSearch
from apps.work.enums import JobKind
from novapulse import clock
from novapulse.data import events

if TYPE_CHECKING:
    from apps.work.domain.job_steps import Run

Document = dict[str, Any]


def create(search: TaskSearch, *, is_dry_run: bool) -> Document:
    """Ask for the deletion of what a search finds now, inside the caller's transaction. Raises TooManyJobs."""
    made = {"$lt": clock.now(), **search.within.get("created_at", {})}
    within = {**search.within, "created_at": made}
    parameters = task_search.stored(TaskSearch(conf.PURGE_BATCH, among=search.among, within=within))
    return jobs.create(JobKind.PURGE, {"search": parameters, "dry_run": is_dry_run})


def perform(run: Run) -> Document:
    """Delete what is left, or only count it; give how many tasks and comments there were."""
    search = task_search.restored(run.parameters["search"], limit=conf.PURGE_BATCH)
    run.expect(task_search.count(search))
    if run.parameters["dry_run"]:
        return {"tasks": run.job["total"], "comments": None, "dry_run": True}
    while run.step(lambda: _batch(search)).done:
        pass
    return {"tasks": 0, "comments": 0, **run.job["tally"], "dry_run": False}


def _batch(search: TaskSearch) -> Step:
    rows = task_search.page(search).rows
    if not rows:
        return Step(0)
    ids = [row["_id"] for row in rows]
    deleted = Task.collection().delete_many({"_id": {"$in": ids}}).deleted_count
    comments = Comment.collection().delete_many({"task_id": {"$in": ids}}).deleted_count
    events.tell(lambda: map(announced.task_deleted, rows))
    audit_api.record(Entry(Action.TASK_DELETED, id_) for id_ in ids)
    return Step(deleted, tally={"tasks": deleted, "comments": comments})
