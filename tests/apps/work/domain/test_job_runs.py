"""Runs: to the end, or to a reason why not."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from apps.work import conf
from apps.work.documents import Job
from apps.work.domain import job_runs, jobs
from apps.work.domain.job_steps import Step
from apps.work.enums import JobKind
from apps.work.errors import UnreadableFile
from novapulse.data import transaction
from novapulse.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from bson import ObjectId

    from apps.work.domain.job_steps import Run
    from tests.people import Person


@pytest.fixture
def job_id(desk: Person) -> ObjectId:
    """Ask for a job."""
    job = transaction.run(lambda: jobs.create(JobKind.EXPORT, {}))
    return job["_id"]  # type: ignore[no-any-return]  # documents are untyped


@pytest.fixture
def performing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Let a function do the job."""

    def use(work: Any) -> None:
        monkeypatch.setattr(job_runs, "_KINDS", MappingProxyType({JobKind.EXPORT: work}))

    return use


def raising(error: Exception) -> Any:
    def work(_run: Run) -> dict[str, Any]:
        raise error

    return work


def test_job_that_is_done_has_its_result(job_id: ObjectId, performing: Any) -> None:
    performing(lambda _run: {"made": 3})

    job_runs.run(job_id)

    job = jobs.one(job_id)
    assert (job["status"], job["result"], job["attempts"]) == ("succeeded", {"made": 3}, 1)


def test_what_can_be_explained_ends_the_job(job_id: ObjectId, performing: Any) -> None:
    performing(raising(UnreadableFile("No header.")))

    job_runs.run(job_id)

    job = jobs.one(job_id)
    assert job["status"] == "failed"
    assert job["errors"] == [{"line": 0, "code": "unreadable-file", "detail": "No header."}]


@pytest.mark.parametrize("error", [Unavailable(), ConnectionError("a mistake of ours")])
def test_what_may_pass_or_is_a_mistake_of_ours_is_tried_again(
    job_id: ObjectId, performing: Any, error: Exception
) -> None:
    performing(raising(error))
    with pytest.raises(type(error)):
        job_runs.run(job_id)
    assert jobs.one(job_id)["status"] == "running"

    performing(lambda _run: {})
    job_runs.run(job_id)
    assert jobs.one(job_id)["status"] == "succeeded"


def test_job_that_never_comes_to_its_end_is_given_up(job_id: ObjectId, performing: Any) -> None:
    Job.collection().update_one({"_id": job_id}, {"$set": {"attempts": conf.JOB_ATTEMPTS_MAX}})
    performing(raising(ConnectionError("a mistake of ours")))

    job_runs.run(job_id)

    job = jobs.one(job_id)
    assert (job["status"], job["errors"][0]["code"]) == ("failed", "gave-up")


def test_second_delivery_of_a_job_that_is_done_does_nothing(job_id: ObjectId, performing: Any) -> None:
    performing(lambda _run: {})
    job_runs.run(job_id)
    before = jobs.one(job_id)

    performing(raising(ConnectionError("not again")))
    job_runs.run(job_id)

    assert jobs.one(job_id) == before


def test_worker_that_is_overtaken_stops_without_a_word(job_id: ObjectId, performing: Any) -> None:
    def overtaken(run: Run) -> dict[str, Any]:
        Job.collection().update_one({"_id": job_id}, {"$inc": {"steps": 1}})
        run.step(lambda: Step(1))
        raise AssertionError("it must not come to this")

    performing(overtaken)
    job_runs.run(job_id)

    assert (jobs.one(job_id)["status"], jobs.one(job_id)["done"]) == ("running", 0)
