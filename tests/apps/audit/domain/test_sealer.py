"""The sealer of a process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bson import ObjectId

from apps.audit.domain import records, sealing
from apps.audit.domain.records import Entry
from apps.audit.domain.sealer import Sealer
from apps.audit.enums import Action
from novapulse.tenancy.scope import Scope
from tests.lines import collected
from tests.waiting import wait_until

if TYPE_CHECKING:
    import pytest
    from pymongo.database import Database

HOME = Scope(ObjectId(), "DE")


def test_a_process_without_a_sealer_leaves_what_it_records_to_others(database: Database[dict[str, Any]]) -> None:
    records.note([Entry(Action.TASK_CREATED, home=HOME)])

    assert database.audit_pending.count_documents({}) == 1


def test_a_look_seals_what_waits_and_one_company_does_not_hold_up_the_others(
    database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [Scope(ObjectId(), "FR"), Scope(ObjectId(), "DE")]
    records.note([Entry(Action.TASK_CREATED, home=each) for each in (HOME, *others)])
    seal = sealing.seal
    monkeypatch.setattr(sealing, "seal", lambda home: 1 // 0 if home == HOME else seal(home))
    with collected("novapulse.audit") as lines:
        Sealer()._look(None)

    assert "audit.sealing_failed" in [each["event"] for each in lines.taken()]
    assert database.audit_events.count_documents({}) == 2
    assert database.audit_pending.count_documents({"company_id": HOME.company_id}) == 1


def test_a_look_by_what_has_woken_it_is_at_these_companies(database: Database[dict[str, Any]]) -> None:
    other = Scope(ObjectId(), "FR")
    records.note([Entry(Action.TASK_CREATED, home=each) for each in (HOME, other)])
    Sealer()._look({other.company_id})

    assert [each["company_id"] for each in database.audit_events.find()] == [other.company_id]


def test_a_commit_wakes_the_sealer_and_what_nobody_woke_it_for_is_found_as_well(
    database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    records.note([Entry(Action.TASK_CREATED, home=HOME)])
    sealer = Sealer()
    monkeypatch.setattr(records, "sealer", sealer)
    sealer.start()
    records.note([Entry(Action.TASK_CREATED, home=Scope(ObjectId(), "FR"))])
    try:
        wait_until(lambda: database.audit_events.count_documents({}) == 2)
    finally:
        sealer.stop()
        sealer.thread.join()

    assert {each["location"] for each in database.audit_events.find()} == {"DE", "FR"}
    assert database.audit_pending.count_documents({}) == 0
