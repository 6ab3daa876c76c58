"""What each kind of job does, and what becomes of a job that cannot be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.work import conf
from apps.work.domain import company_exports, export_jobs, import_jobs, job_steps, purges
from apps.work.domain.issue_rows import Remark
from apps.work.domain.job_steps import Superseded
from apps.work.enums import JobKind
from apps.work.errors import GaveUp
from novapulse.errors import TimedOut, Trouble, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bson import ObjectId

    from apps.work.domain.job_steps import Run

_KINDS: Mapping[str, Callable[[Run], dict[str, Any]]] = {
    JobKind.IMPORT: import_jobs.perform,
    JobKind.EXPORT: export_jobs.perform,
    JobKind.COMPANY_EXPORT: company_exports.perform,
    JobKind.PURGE: purges.perform,
}
_PASSING = (Unavailable, TimedOut)  # another attempt goes on where this one has come to


def run(job_id: ObjectId) -> None:
    """Do a job to its end, from wherever an earlier attempt has left it, in the company's scope.

    What can be explained to whoever has asked ends the job as failed; whatever else is raised goes through, so that the
    queue tries again, at most `JOB_ATTEMPTS_MAX` times. Two workers at the same job hurt nothing: one of them stops.
    """
    run = job_steps.claim(job_id)
    if run is None:
        return
    try:
        _attempt(run)
    except Superseded:
        return


def bury(job_id: ObjectId, *, reason: str) -> None:
    """Note that a job's task is dead; reason: why, in the word of the dead letter."""
    job_steps.bury(job_id, Remark(0, GaveUp.code, f"{_sentence(GaveUp())} ({reason})"))


def _attempt(run: Run) -> None:
    try:
        if run.job["attempts"] > conf.JOB_ATTEMPTS_MAX:
            raise GaveUp
        run.check_allowed()
        run.succeed(_KINDS[run.job["kind"]](run))
    except _PASSING:
        raise
    except Trouble as trouble:
        run.fail(Remark(0, trouble.code, _sentence(trouble)))


def _sentence(trouble: Trouble) -> str:
    return " ".join([trouble.detail, *(field.detail for field in trouble.fields)])
