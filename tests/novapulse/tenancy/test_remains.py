"""What still names a company: by an index within two commands, or else by reading everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from novapulse.tenancy import remains
from novapulse.tenancy.remains import Remains
from novapulse.tenancy.scope import Scope, ScopeViolation, company

if TYPE_CHECKING:
    from pymongo.database import Database

    from tests.commands import Commands

    Stored = Database[dict[str, Any]]

GONE = Scope(ObjectId(), "DE")
RIVAL = ObjectId()


def found(**options: Any) -> list[Remains]:
    return remains.find(GONE, is_kept=lambda *_: False, **options)


@pytest.mark.parametrize(
    "name", [GONE.company_id, str(GONE.company_id), f"company:{GONE.company_id}"], ids=["id", "text", "prefixed"]
)
def test_a_company_is_found_by_each_of_its_names_and_no_other_is(name: Any, database: Stored) -> None:
    database["forgotten"].insert_many([{"_id": 1, "of": name}, {"_id": 2, "of": RIVAL}, {"_id": 3, "of": str(RIVAL)}])

    assert found() == [Remains("forgotten", 1, ("1",))]


def test_what_an_index_shows_is_told_without_reading_the_rest(database: Stored, commands: Commands) -> None:
    database["tasks"].insert_one({"company_id": GONE.company_id, "location": "DE", "number": 1})
    seen: list[int] = []
    (task,) = found(seen=seen.append)

    assert (task.collection, task.count, seen) == ("tasks", 1, [])


def test_a_document_in_another_location_is_found_by_its_index(database: Stored) -> None:
    database["tasks"].insert_one({"company_id": GONE.company_id, "location": "FR", "number": 1})

    assert [each.collection for each in remains.find_indexed(GONE, is_kept=lambda *_: False)] == ["tasks"]


def test_many_are_counted_and_the_first_are_named(database: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remains, "_PART", 10)
    database["forgotten"].insert_many([{"_id": each, "of": [GONE.company_id, "x"]} for each in range(35)])

    assert found() == [Remains("forgotten", 35, ("0", "1", "2"))]


def test_what_is_to_be_there_is_left_out(database: Stored) -> None:
    database["forgotten"].insert_many([{"_id": 1, "of": GONE.company_id}, {"_id": 2, "of": GONE.company_id}])
    left = remains.find(GONE, is_kept=lambda collection, each: (collection, each["_id"]) == ("forgotten", 1))

    assert left == [Remains("forgotten", 1, ("2",))]


def test_no_company_looks_through_what_is_everybodys(database: Stored) -> None:
    with company(GONE.company_id, location="DE"), pytest.raises(ScopeViolation):
        found()
