"""What the work app does in the background."""

from __future__ import annotations

from datetime import timedelta

from bson import ObjectId

from apps.work import conf
from apps.work.domain import job_runs
from novapulse.tasks import task


def _note_death(reason: str, job_id: str) -> None:
    job_runs.bury(ObjectId(job_id), reason=reason)


@task(max_attempts=conf.JOB_ATTEMPTS_MAX + 1, timeout=timedelta(minutes=30), if_dead=_note_death)
def run_job(job_id: str) -> None:
    """Do a job; another attempt goes on where this one has come to."""
    job_runs.run(ObjectId(job_id))
