"""Jobs: asked for, watched by whoever has asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from apps.auth.enums import Role
from apps.work import conf
from apps.work.documents import Job
from apps.work.domain import jobs
from apps.work.enums import JobKind, JobStatus
from apps.work.errors import NoResult, TooManyJobs
from novapulse.data import transaction
from novapulse.errors import Denied, NotFound
from tests import people

if TYPE_CHECKING:
    from bson import ObjectId

    from tests.people import Person


def asked_for(kind: JobKind = JobKind.EXPORT) -> ObjectId:
    job = transaction.run(lambda: jobs.create(kind, {}))
    return job["_id"]  # type: ignore[no-any-return]  # documents are untyped


def test_new_job_waits_in_the_name_of_whoever_asks(desk: Person) -> None:
    job = jobs.one(asked_for())

    assert (job["status"], job["created_by_id"], job["done"], job["total"]) == ("queued", desk.id, 0, None)


def test_one_sees_ones_own_jobs_alone(olive: Person) -> None:
    company = people.tenants_api.company(olive.membership.company_id)
    manager = people.person(company, role=Role.MANAGER)
    with people.acting(olive):
        hers = asked_for()
    with people.acting(manager):
        assert jobs.page(sort="-created_at", limit=5).rows == []
        with pytest.raises(NotFound):
            jobs.one(hers)


def test_page_has_the_newest_first(desk: Person) -> None:
    ids = [asked_for() for _ in range(3)]

    page = jobs.page(sort="-created_at", limit=2)

    assert [row["_id"] for row in page.rows] == [ids[2], ids[1]]
    assert [row["_id"] for row in jobs.page(sort="-created_at", limit=2, after=page.next).rows] == [ids[0]]


def test_company_has_so_many_unfinished_jobs_at_a_time(desk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "JOBS_UNFINISHED_MAX", 2)
    first = asked_for()
    asked_for()
    with pytest.raises(TooManyJobs):
        asked_for()

    Job.collection().update_one({"_id": first}, {"$set": {"status": JobStatus.FAILED.value}})
    asked_for()


def test_what_is_not_done_has_nothing_to_download(desk: Person) -> None:
    with pytest.raises(NoResult):
        jobs.downloadable(asked_for())


def test_who_may_not_export_any_more_takes_nothing_out(desk: Person, olive: Person) -> None:
    job_id = asked_for()
    Job.collection().update_one({"_id": job_id}, {"$set": {"status": "succeeded", "result": {"file": {}}}})
    assert jobs.downloadable(job_id)["_id"] == job_id

    with people.acting(olive, scopes=frozenset({"jobs.read"})), pytest.raises(Denied):
        jobs.downloadable(job_id)
