"""Steps: each happens once, one worker at a time takes them, and only as long as whoever has asked still may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from apps.auth.enums import Role
from apps.work import conf
from apps.work.documents import Project
from apps.work.domain import job_steps, jobs, projects
from apps.work.domain.issue_rows import Remark
from apps.work.domain.job_steps import Run, Step, Superseded
from apps.work.enums import JobKind
from apps.work.errors import NotAllowedAnyMore
from novapulse.data import transaction
from novapulse.errors import TimedOut
from novapulse.resilience import deadline
from tests import people

if TYPE_CHECKING:
    from bson import ObjectId
    from pymongo.database import Database

    from tests.people import Person


@pytest.fixture
def job_id(desk: Person) -> ObjectId:
    """Ask for a job."""
    job = transaction.run(lambda: jobs.create(JobKind.EXPORT, {}))
    return job["_id"]  # type: ignore[no-any-return]  # documents are untyped


def claimed(job_id: ObjectId) -> Run:
    run = job_steps.claim(job_id)
    assert run is not None
    return run


def a_project(key: str, *, done: int = 1) -> Step:
    projects.create(key=key, name=key, description="")
    return Step(done, position={"at": key}, tally={"made": 1}, remarks=(Remark(done, "odd", "An odd line."),))


def test_step_writes_its_work_and_how_far_it_has_come(job_id: ObjectId) -> None:
    run = claimed(job_id)
    run.expect(5)

    run.step(lambda: a_project("ONE", done=2))
    run.step(lambda: a_project("TWO", done=3))

    job = jobs.one(job_id)
    assert (job["done"], job["total"], job["position"], job["tally"]) == (5, 5, {"at": "TWO"}, {"made": 2})
    assert [error["line"] for error in job["errors"]] == [2, 3]
    assert run.job["steps"] == job["steps"] == 2


def test_step_that_fails_leaves_neither_its_work_nor_a_trace(job_id: ObjectId) -> None:
    run = claimed(job_id)

    def failing() -> Step:
        a_project("ONE")
        raise ConnectionError("the plug was pulled")

    with pytest.raises(ConnectionError):
        run.step(failing)
    assert (jobs.one(job_id)["steps"], Project.collection().count_documents({})) == (0, 0)
    run.step(lambda: a_project("ONE"))


def test_worker_that_was_thought_dead_finds_that_another_has_gone_on(job_id: ObjectId) -> None:
    late, quick = claimed(job_id), claimed(job_id)
    quick.step(lambda: a_project("ONE"))

    with pytest.raises(Superseded):
        late.step(lambda: a_project("TWO"))
    assert [row["key"] for row in Project.collection().find({})] == ["ONE"]
    with pytest.raises(Superseded):
        late.succeed({})


def test_errors_are_counted_where_there_are_too_many_to_keep(job_id: ObjectId) -> None:
    run = claimed(job_id)
    many = tuple(Remark(line, "odd", "") for line in range(conf.JOB_ERRORS_KEPT))

    run.step(lambda: Step(1, remarks=many))
    run.step(lambda: Step(1, remarks=(Remark(9999, "odd", ""),)))

    job = jobs.one(job_id)
    assert (len(job["errors"]), job["error_count"]) == (conf.JOB_ERRORS_KEPT, conf.JOB_ERRORS_KEPT + 1)


@pytest.mark.parametrize(
    ("collection", "change"),
    [
        ("memberships", {"status": "ended"}),
        ("memberships", {"role": "member"}),
        ("identities", {"deactivated_at": "now"}),
        ("companies", {"status": "suspended"}),
    ],
)
def test_no_step_is_taken_for_somebody_who_may_not_any_more(
    job_id: ObjectId, desk: Person, database: Database[Any], collection: str, change: dict[str, Any]
) -> None:
    run = claimed(job_id)
    run.step(lambda: Step(1))
    ids = {"memberships": desk.id, "identities": desk.identity.id, "companies": desk.membership.company_id}

    database[collection].update_one({"_id": ids[collection]}, {"$set": change})

    with pytest.raises(NotAllowedAnyMore):
        run.step(lambda: Step(1))


def test_no_step_begins_behind_the_deadline(job_id: ObjectId) -> None:
    run = claimed(job_id)

    with deadline.opened(0), pytest.raises(TimedOut):
        run.step(lambda: Step(1))


def test_job_that_has_ended_is_not_taken_up_again(job_id: ObjectId) -> None:
    claimed(job_id).fail(Remark(0, "odd", "It went wrong."))

    assert job_steps.claim(job_id) is None
    job = jobs.one(job_id)
    assert (job["status"], job["error_count"], job["errors"][0]["code"]) == ("failed", 1, "odd")
    assert job["finished_at"] is not None


def test_job_of_another_company_is_nobodys(olive: Person) -> None:
    with people.acting(olive):
        job_id = transaction.run(lambda: jobs.create(JobKind.EXPORT, {}))["_id"]

    with people.acting(people.person(people.company("evil", country="FR"), role=Role.OWNER)):
        assert job_steps.claim(job_id) is None
