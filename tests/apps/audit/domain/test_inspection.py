"""What people who look at a chain are shown of its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.audit import api as audit_api
from apps.audit.api import Action, AuditSearch, Entry
from apps.audit.domain import inspection, sealing
from novapulse.tenancy import scope
from novapulse.tenancy.scope import Scope

if TYPE_CHECKING:
    from pymongo.database import Database

HOME, RIVAL = Scope(ObjectId(), "DE"), Scope(ObjectId(), "FR")


@pytest.fixture
def chain(database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Database[dict[str, Any]]:
    """Seal twelve records of one company and two of another, and let the last five be the recent ones."""
    monkeypatch.setattr(inspection, "RECENT", 5)
    for home, number in ((HOME, 12), (RIVAL, 2)):
        audit_api.note([Entry(Action.TASK_CREATED, ObjectId(), home=home) for _ in range(number)])
        sealing.seal(home)
    return database


def tampered(*, limit: int = 50) -> frozenset[int]:
    with scope.company(HOME.company_id, location=HOME.location):
        return inspection.tampered(audit_api.page(AuditSearch(limit)).rows)


def change(database: Database[dict[str, Any]], sequence: int, **values: object) -> None:
    where = {"company_id": HOME.company_id, "sequence": sequence}
    assert database.audit_events.update_one(where, {"$set": values}).modified_count == 1


def test_records_as_they_were_sealed_are_good_also_in_the_middle_of_a_chain(chain: object) -> None:
    assert tampered() == tampered(limit=3) == frozenset()


def test_a_record_that_was_edited_is_told_from_the_others(chain: Database[dict[str, Any]]) -> None:
    change(chain, 4, action="task.deleted")

    assert tampered() == {4}


def test_a_record_whose_hash_was_made_to_fit_lacks_the_seal_and_breaks_the_next(
    chain: Database[dict[str, Any]],
) -> None:
    change(chain, 4, hash=b"1" * 32)

    assert tampered() == {4, 5}


def test_a_record_of_which_the_one_before_is_gone_is_told(chain: Database[dict[str, Any]]) -> None:
    chain.audit_events.delete_one({"company_id": HOME.company_id, "sequence": 4})

    assert tampered() == {5}


def test_a_look_is_kept_with_what_it_has_found(chain: object) -> None:
    assert inspection.last_look(HOME).at is None
    found = inspection.look(HOME)

    assert (found.length, found.first, found.last, found.fault) == (12, 8, 12, None)
    assert inspection.last_look(HOME) == found
    assert inspection.last_look(RIVAL).at is None


def test_a_look_finds_what_was_done_to_the_last_records_and_not_what_is_before(
    chain: Database[dict[str, Any]],
) -> None:
    change(chain, 4, action="task.deleted")
    assert inspection.look(HOME).fault is None

    change(chain, 10, action="task.deleted")
    assert "sequence 10 is not as it was sealed" in str(inspection.look(HOME).fault)


def test_a_look_finds_records_that_are_gone(chain: Database[dict[str, Any]]) -> None:
    chain.audit_events.delete_many({"company_id": HOME.company_id, "sequence": {"$gte": 7, "$lt": 9}})
    assert "sequence 7 is missing" in str(inspection.look(HOME).fault)


def test_sealing_goes_on_after_a_look(chain: object) -> None:
    inspection.look(HOME)
    audit_api.note([Entry(Action.TASK_CREATED, ObjectId(), home=HOME)])
    sealing.seal(HOME)

    assert (inspection.last_look(HOME).length, inspection.last_look(HOME).last) == (13, 12)
    assert audit_api.verify(HOME, anchors={}, seen=lambda _: None).is_good
