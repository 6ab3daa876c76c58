"""Deletions: asked for, waited with, begun once, and never undone from then on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from apps.operations.domain import deletions
from apps.operations.domain.deletions import Terms
from apps.operations.errors import NoSuchDeletion
from apps.tenants import api as tenants_api
from apps.tenants.errors import StandingRefused
from novapulse import clock
from novapulse.data import transaction
from novapulse.errors import NotFound
from tests.audited import Audited

if TYPE_CHECKING:
    from pymongo.database import Database

    from tests.api import Api

    Stored = Database[dict[str, Any]]

GRACE = timedelta(days=30)
LATER = GRACE + timedelta(minutes=1)


def asked(grace: timedelta = GRACE) -> deletions.DeletionRecord:
    return deletions.ask("acme", Terms("moved away", by="ops", grace=grace))


def test_a_company_that_is_to_be_deleted_is_closed_at_once_and_its_rival_is_not(acme: Api, rival: Api) -> None:
    deletion = asked()

    assert [each.get("/me").status_code for each in (acme, rival)] == [401, 200]
    assert (deletion.slug, deletion.asked_by, deletion.reason) == ("acme", "ops", "moved away")
    assert deletion.delete_at - deletion.asked_at == GRACE


def test_the_task_comes_when_the_grace_is_over_and_does_not_name_the_company(acme: Api, database: Stored) -> None:
    deletion = asked()
    (row,) = database.outbox.find({})

    assert row["due_at"] == deletion.delete_at
    assert (row["company_id"], str(acme.company_id) in row["body"]) == (None, False)


def test_nothing_is_begun_within_the_grace_and_a_company_that_is_resumed_is_left_alone(acme: Api) -> None:
    assert asked() is not None
    assert deletions.begin(acme.company_id) is None
    assert tenants_api.resume("acme").is_changed
    with clock.shifted(LATER):
        assert deletions.begin(acme.company_id) is None
    with pytest.raises(NoSuchDeletion):
        deletions.of_company("acme")
    assert acme.post("/auth/refresh", {"refresh_token": acme.refresh_token}).status_code == 200


def test_what_has_begun_is_gone_on_with_and_cannot_be_resumed(acme: Api) -> None:
    asked()
    with clock.shifted(LATER):
        first, second = deletions.begin(acme.company_id), deletions.begin(acme.company_id)
        again = asked()

    assert first is not None
    assert first == second == again
    with pytest.raises(StandingRefused, match="deleting; from there it cannot become active"):
        tenants_api.resume("acme")


def test_asked_again_the_new_terms_count_and_the_old_task_does_nothing(acme: Api, database: Stored) -> None:
    asked()
    old = (database.deletions.find_one({}) or {})["ticket"]
    asked(grace=timedelta())

    assert deletions.begin_by(old) is None
    assert deletions.begin_by((database.deletions.find_one({}) or {})["ticket"]) is not None


def test_whoever_deletes_at_once_has_an_hour_before_a_worker_does_it(acme: Api, database: Stored) -> None:
    deletion = asked(grace=timedelta())
    (row,) = database.outbox.find({})

    assert row["due_at"] - deletion.asked_at == timedelta(hours=1)


def test_that_it_was_asked_for_stands_in_the_companys_chain_each_time(acme: Api, database: Stored) -> None:
    audited = Audited(database)
    asked()
    asked()
    told = [each for each in audited.told() if each["company_id"] == acme.company_id]

    assert [each["action"] for each in told] == ["company.deletion_asked"] * 2


def test_what_is_finished_is_a_tombstone_with_a_certificate_and_frees_the_slug(acme: Api) -> None:
    asked(grace=timedelta())
    deletions.begin(acme.company_id)
    deletion = deletions.finish(acme.company_id)

    assert deletion.finished_at is not None
    assert deletion.certificate
    (tomb,) = tenants_api.tombstones("acme")
    assert tomb.id == acme.company_id
    assert deletions.begin(acme.company_id) is None
    assert deletions.of_company("acme") == deletions.of_company(str(acme.company_id)) == deletion


def test_of_two_companies_that_had_a_slug_the_latest_is_found(database: Stored, new_company: Any) -> None:
    for _ in range(2):
        company = new_company("acme")
        asked(grace=timedelta())
        deletions.begin(company.company_id)
        database.identities.delete_many({})
        deletions.finish(company.company_id)

    assert deletions.of_company("acme").company_id == company.company_id


def test_nobody_is_finished_who_was_not_asked_for(acme: Api) -> None:
    with pytest.raises(NotFound):
        deletions.finish(acme.company_id)
    with pytest.raises(NoSuchDeletion):
        deletions.of_company("acme")


def test_a_count_that_is_undone_does_not_count(acme: Api) -> None:
    asked()

    def work() -> None:
        deletions.count(acme.company_id, store="mongodb", name="tasks", removed=5)
        raise LookupError

    with pytest.raises(LookupError):
        transaction.run(work)
    deletions.count(acme.company_id, store="mongodb", name="tasks", removed=2)

    assert deletions.of_company("acme").removed == {"mongodb": {"tasks": 2}}
