"""Taking a company's documents away, in parts that are counted with their removal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.auth.documents import Identity, Session
from apps.work.documents import Task
from novapulse.queues.documents import InboxRow, QueueControl
from novapulse.tenancy import removal
from novapulse.tenancy.scope import Scope

if TYPE_CHECKING:
    from pymongo.database import Database

    Stored = Database[dict[str, Any]]

OURS, RIVALS = Scope(ObjectId(), "DE"), Scope(ObjectId(), "DE")


@pytest.fixture(autouse=True)
def _small_parts(database: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "PART", 10)


def fill(database: Stored, *, tasks: int) -> None:
    for home in (OURS, RIVALS):
        own = {"company_id": home.company_id, "location": home.location}
        database.tasks.insert_many([{**own, "project_id": home.company_id, "number": each} for each in range(tasks)])


def test_all_of_a_companys_go_in_parts_and_none_of_anothers(database: Stored) -> None:
    fill(database, tasks=25)
    parts: list[int] = []

    assert removal.remove(Task, OURS, counted=parts.append) == 25
    assert parts == [10, 10, 5]
    assert database.tasks.count_documents({"company_id": RIVALS.company_id}) == 25 == database.tasks.count_documents({})


@pytest.mark.parametrize(
    ("document", "of"),
    [
        (Session, lambda home: {"company_id": home.company_id}),
        (InboxRow, lambda home: {"company_id": str(home.company_id)}),
        (QueueControl, lambda home: {"_id": f"company:{home.company_id}"}),
    ],
)
def test_the_platforms_documents_go_by_the_field_that_names_the_company(
    document: Any, of: Any, database: Stored
) -> None:
    stored = database[document._get_collection_name()]
    stored.insert_many([of(OURS), of(RIVALS)])

    assert removal.remove(document, OURS, counted=lambda _: None) == 1
    assert [set(of(RIVALS).items()) <= set(each.items()) for each in stored.find()] == [True]


def test_what_names_no_company_is_nobodys(database: Stored) -> None:
    assert not removal.names_companies(Identity)
    with pytest.raises(LookupError):
        removal.belonging(Identity, OURS.company_id)


def test_a_part_that_cannot_be_counted_stays(database: Stored) -> None:
    fill(database, tasks=15)
    counted: list[int] = []

    def count(removed: int) -> None:
        if counted:
            raise LookupError
        counted.append(removed)

    with pytest.raises(LookupError):
        removal.remove(Task, OURS, counted=count)
    assert database.tasks.count_documents({"company_id": OURS.company_id}) == 5


def test_whoever_has_to_know_hears_of_each_part_before_it_goes(database: Stored) -> None:
    fill(database, tasks=15)
    there: list[int] = []

    def before(ids: list[Any]) -> None:
        there.append(database.tasks.count_documents({"_id": {"$in": ids}}))

    removal.remove(Task, OURS, counted=lambda _: None, before=before)
    assert there == [10, 5]


def test_after_each_part_others_have_as_much_time_as_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(removal.time, "sleep", slept.append)
    ticks = iter([0.0, 0.3, 10.0, 100.0])
    monkeypatch.setattr(removal.clock, "monotonic", lambda: next(ticks))

    assert [removal.rested(lambda: 7), removal.rested(lambda: 8)] == [7, 8]
    assert slept == [pytest.approx(0.3), 2.0]


def test_what_lies_in_another_location_by_mistake_or_in_none_goes_as_well(database: Stored) -> None:
    fill(database, tasks=1)
    for number, own in enumerate(({"location": "FR"}, {})):
        database.tasks.insert_one({"company_id": OURS.company_id, **own, "number": 10 + number})

    assert removal.remove(Task, OURS, counted=lambda _: None) == 3
    assert [each["company_id"] for each in database.tasks.find()] == [RIVALS.company_id]


def test_what_would_go_is_counted_wherever_it_lies(database: Stored) -> None:
    fill(database, tasks=2)
    database.tasks.insert_one({"company_id": OURS.company_id, "location": "FR", "number": 10})

    assert removal.count_documents(Task, OURS) == 3
