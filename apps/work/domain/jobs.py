"""Jobs: long work that somebody has asked for, which they can watch. `job_runs` does it, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth import api as auth_api
from apps.work import conf
from apps.work.documents import Job
from apps.work.enums import JobKind, JobStatus
from apps.work.errors import NoResult, TooManyJobs
from novapulse import clock, context
from novapulse.data import keyset
from novapulse.errors import Denied, NotFound
from novapulse.tasks import enqueue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bson import ObjectId

Document = dict[str, Any]

# What a job wants of whoever asks for it, as long as it runs, and of whoever takes what came of it.
PERMISSIONS: Mapping[str, str] = {
    JobKind.IMPORT: "imports.create",
    JobKind.EXPORT: "exports.create",
    JobKind.COMPANY_EXPORT: "company_exports.create",
    JobKind.PURGE: "purges.create",
}
SORTS = {"created_at": keyset.Order("created_at"), "-created_at": keyset.Order("created_at", descending=True)}
DEFAULT_SORT = "-created_at"

_UNFINISHED = [JobStatus.QUEUED.value, JobStatus.RUNNING.value]


def create(kind: JobKind, parameters: Document) -> Document:
    """Ask for a job in the name of whoever asks, inside the caller's transaction: three commands and the task.

    Raises TooManyJobs.
    """
    return _created(kind, parameters, by=context.principal().membership_id)


def create_for_staff(kind: JobKind, parameters: Document) -> Document:
    """Ask for a job in nobody's name, as staff of the platform do; no member sees it. Otherwise as `create`."""
    return _created(kind, parameters, by=None)


def _created(kind: JobKind, parameters: Document, *, by: ObjectId | None) -> Document:
    jobs = Job.collection()
    unfinished = jobs.count_documents({"status": {"$in": _UNFINISHED}}, limit=conf.JOBS_UNFINISHED_MAX)
    if unfinished == conf.JOBS_UNFINISHED_MAX:
        raise TooManyJobs
    document = _new(kind, parameters, by=by)
    jobs.insert_one(document)
    audit_api.record([Entry(Action.JOB_CREATED, document["_id"], details={"kind": kind.value})])
    enqueue("apps.work.tasks.run_job", str(document["_id"]))
    return document


def _new(kind: JobKind, parameters: Document, *, by: ObjectId | None) -> Document:
    now = clock.now()
    return {
        "kind": kind.value,
        "status": JobStatus.QUEUED.value,
        "parameters": parameters,
        "created_by_id": by,
        "done": 0,
        "total": None,
        "steps": 0,
        "attempts": 0,
        "position": None,
        "tally": {},
        "errors": [],
        "error_count": 0,
        "result": None,
        "created_at": now,
        "updated_at": now,
        "finished_at": None,
        "expires_at": now + conf.JOB_KEPT_FOR,
    }


def page(*, sort: str, limit: int, after: keyset.Position | None = None) -> keyset.Page:
    """Read one page of the jobs of whoever asks: one command."""
    where = {"created_by_id": context.principal().membership_id}
    walk = keyset.Walk(where, SORTS[sort], limit, projection={"parameters": 0, "position": 0}, hint="creator")
    return keyset.page(Job.collection(), walk, after=after)


def one(job_id: ObjectId) -> Document:
    """Read a job of whoever asks: one command. Raises NotFound, also where it is somebody else's."""
    document = Job.collection().find_one({"_id": job_id, "created_by_id": context.principal().membership_id})
    if document is None:
        raise NotFound
    return document


def downloadable(job_id: ObjectId) -> Document:
    """Read a job of whoever asks that has something to download, which they must still be allowed to have.

    Raises NotFound, NoResult, Denied.
    """
    job = one(job_id)
    if not auth_api.holds(PERMISSIONS[job["kind"]]):
        raise Denied
    return _with_file(job)


def downloadable_by_staff(job_id: ObjectId) -> Document:
    """Read a job of staff that has something to download. Raises NotFound, also for a member's own; NoResult."""
    job = Job.collection().find_one({"_id": job_id, "created_by_id": None})
    if job is None:
        raise NotFound("A member has asked for this one: it is theirs to download.")
    return _with_file(job)


def _with_file(job: Document) -> Document:
    if job["status"] != JobStatus.SUCCEEDED or "file" not in job["result"]:
        raise NoResult
    return job
