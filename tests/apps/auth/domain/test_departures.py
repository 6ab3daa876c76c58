"""The people of a company that is deleted, and those among them who stay for another's sake."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.auth.domain import departures
from novapulse.data import transaction

if TYPE_CHECKING:
    from pymongo.database import Database

    Stored = Database[dict[str, Any]]

OURS, RIVAL = ObjectId(), ObjectId()


@pytest.fixture(autouse=True)
def _few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(departures, "_PART", 3)


def join(database: Stored, company_id: ObjectId, *identity_ids: ObjectId, status: str = "active") -> None:
    members = [{"company_id": company_id, "identity_id": each, "status": status} for each in identity_ids]
    database.memberships.insert_many(members)


def someone(database: Stored, count: int) -> list[ObjectId]:
    people: list[dict[str, Any]] = [{"email_key": str(ObjectId())} for _ in range(count)]
    return list(database.identities.insert_many(people).inserted_ids)


def test_members_go_some_at_a_time_and_take_along_who_belongs_to_nobody_else(database: Stored) -> None:
    people = someone(database, 8)
    join(database, OURS, *people)
    join(database, RIVAL, people[0])
    join(database, RIVAL, people[1], status="ended")
    assert departures.leaving(OURS) == 6
    gone = []
    while departures.people(OURS):
        gone.append(transaction.run(lambda: departures.depart(OURS)))

    assert [len(each.memberships) for each in gone] == [3, 3, 2]
    assert {each["_id"] for each in database.identities.find()} == set(people[:2])
    assert database.memberships.count_documents({}) == 2


def test_who_goes_next_is_told_before_they_do(database: Stored) -> None:
    people = someone(database, 2)
    join(database, OURS, *people)
    told = departures.departing(OURS)

    assert set(told.identities) == set(people)
    assert departures.departing(OURS) == told
    assert transaction.run(lambda: departures.depart(OURS)) == told
    assert departures.departing(OURS) == departures.Departed()


def test_a_person_of_two_companies_that_are_deleted_at_once_goes_with_the_last_of_them(
    database: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    (person,) = someone(database, 1)
    join(database, OURS, person)
    join(database, RIVAL, person)
    both, seen, real = Barrier(2, timeout=20), set(), departures.departing

    def at_once(company_id: ObjectId) -> departures.Departed:
        told = real(company_id)
        if company_id not in seen:  # the first time: each has seen the other
            seen.add(company_id)
            both.wait()
        return told

    monkeypatch.setattr(departures, "departing", at_once)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda each: transaction.run(lambda: departures.depart(each)), (OURS, RIVAL)))

    assert (database.memberships.count_documents({}), database.identities.count_documents({})) == (0, 0)
