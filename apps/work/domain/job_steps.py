"""The run of a job: steps that each happen once, whatever dies in between, and that one worker at a time can take.

A step is one transaction: its work, and in the job's document how far that has come. It is guarded by the number of
steps taken before, so a worker that was thought dead and goes on finds that another has stepped, and stops.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from pymongo import ReturnDocument

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth import api as auth_api
from apps.work import conf
from apps.work.documents import Job
from apps.work.domain.jobs import PERMISSIONS
from apps.work.enums import JobStatus
from apps.work.errors import NotAllowedAnyMore
from novapulse import clock
from novapulse.data import transaction
from novapulse.resilience import deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bson import ObjectId

    from apps.work.domain.issue_rows import Remark

Document = dict[str, Any]

_ENDS = frozenset({JobStatus.SUCCEEDED, JobStatus.FAILED})


class Superseded(Exception):  # noqa: N818  travels no further than `job_runs`
    """Another worker has gone on with this job."""


@dataclass(frozen=True, slots=True)
class Step:
    """What came of one step: how many things were done, where the next step begins, what is added to the tally."""

    done: int
    position: Document | None = None
    tally: Mapping[str, int] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()


class Run:
    """A job that this worker is doing; `job` is its document as the last step has left it."""

    def __init__(self, job: Document) -> None:
        """Take the claimed job."""
        self.job = job

    @property
    def parameters(self) -> Document:
        """Give what was asked for."""
        return dict(self.job["parameters"])

    def expect(self, total: int) -> None:
        """Say how much there is to do, where nobody has said so before."""
        if self.job["total"] is None:
            self._change({"$set": {"total": total, "updated_at": clock.now()}})

    def step(self, work: Callable[[], Step]) -> Step:
        """Do one step, all of it or nothing; the work may be called again where MongoDB reports a passing conflict.

        Raises NotAllowedAnyMore, TimedOut, Superseded, and whatever the work raises.
        """
        deadline.check()
        self.check_allowed()
        return transaction.run(lambda: self._stepped(work()))

    def check_allowed(self) -> None:
        """Go on while whoever has asked may still do so, and for staff in any case; raise NotAllowedAnyMore."""
        if self.job["created_by_id"] is None:
            return
        if not auth_api.may(self.job["created_by_id"], PERMISSIONS[self.job["kind"]]):
            raise NotAllowedAnyMore

    def succeed(self, result: Document) -> None:
        """End the job with what came of it."""
        told = Entry(Action.JOB_SUCCEEDED, self.job["_id"], details={"kind": self.job["kind"]})
        transaction.run(lambda: self._end(JobStatus.SUCCEEDED, {"result": result}, told=told))

    def fail(self, remark: Remark) -> None:
        """End the job with what has stopped it; what its steps have done stays."""
        told = Entry(Action.JOB_FAILED, self.job["_id"], details={"kind": self.job["kind"]}, reason=remark.code)

        def end() -> None:
            self._change({"$push": {"errors": _pushed((remark,))}, "$inc": {"error_count": 1}})
            self._end(JobStatus.FAILED, {}, told=told)

        transaction.run(end)

    def _stepped(self, step: Step) -> Step:
        self._change(
            {
                "$set": {"position": step.position, "updated_at": clock.now()},
                "$inc": {
                    "steps": 1,
                    "done": step.done,
                    "error_count": len(step.remarks),
                    **{f"tally.{name}": count for name, count in step.tally.items()},
                },
                "$push": {"errors": _pushed(step.remarks)},
            }
        )
        return step

    def _end(self, status: JobStatus, values: Document, *, told: Entry) -> None:
        now = clock.now()
        self._change({"$set": {**values, "status": status.value, "finished_at": now, "updated_at": now}})
        audit_api.record([told])

    def _change(self, change: Document) -> None:
        guard = {"_id": self.job["_id"], "status": JobStatus.RUNNING.value, "steps": self.job["steps"]}
        changed = Job.collection().find_one_and_update(guard, change, return_document=ReturnDocument.AFTER)
        if changed is None:
            raise Superseded
        transaction.on_commit(lambda: self._take(changed))

    def _take(self, changed: Document) -> None:
        self.job = changed


def claim(job_id: ObjectId) -> Run | None:
    """Take a job up, also one that another worker has left lying; None where it has come to its end, or is gone."""
    running = {"status": JobStatus.RUNNING.value, "updated_at": clock.now(), "finished_at": None}
    claimed = Job.collection().find_one_and_update(
        {"_id": job_id, "$or": [{"status": {"$nin": sorted(_ENDS)}}, {"is_dead": True}]},
        {"$set": running, "$unset": {"is_dead": ""}, "$inc": {"attempts": 1}},
        return_document=ReturnDocument.AFTER,
    )
    return None if claimed is None else Run(claimed)


def bury(job_id: ObjectId, remark: Remark) -> None:
    """End a job whose task is dead, until that is tried anew; one that has come to its end stays as it is."""
    now = clock.now()
    failed = {"status": JobStatus.FAILED.value, "is_dead": True, "attempts": 0, "finished_at": now, "updated_at": now}
    Job.collection().update_one(
        {"_id": job_id, "status": {"$nin": sorted(_ENDS)}},
        {"$set": failed, "$push": {"errors": _pushed((remark,))}, "$inc": {"error_count": 1}},
    )


def _pushed(remarks: tuple[Remark, ...]) -> Document:
    return {"$each": [asdict(remark) for remark in remarks], "$slice": conf.JOB_ERRORS_KEPT}
