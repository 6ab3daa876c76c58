"""Sealing: one chain for each company, without gaps, whoever seals."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

import pytest
from bson import DatetimeMS, ObjectId

from apps.audit import conf
from apps.audit.domain import chain, records, sealing
from apps.audit.domain.records import Entry
from apps.audit.enums import Action
from novapulse.telemetry import meter
from novapulse.telemetry.meter import Spread
from novapulse.tenancy.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database

    Anchors = Callable[[], list[tuple[int, str]]]

ACME, RIVAL = Scope(ObjectId(), "DE"), Scope(ObjectId(), "FR")


def note(home: Scope, *, count: int = 1) -> None:
    records.note([Entry(Action.TASK_CREATED, ObjectId(), home=home) for _ in range(count)])


def chain_of(home: Scope, database: Database[dict[str, Any]]) -> list[dict[str, Any]]:
    return list(database.audit_events.find({"company_id": home.company_id}, sort=[("sequence", 1)]))


@pytest.fixture
def anchors(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Anchors:
    """Tell which anchors stand in the audit's stream of the log, and in no other."""
    monkeypatch.setattr(sealing.logger, "handlers", [caplog.handler])

    def told() -> list[tuple[int, str]]:
        lines = [each.fields for each in caplog.records if each.getMessage() == "audit.sealed"]  # type: ignore[attr-defined]  # put there by novapulse.log
        return [(each["sequence"], each["hash"]) for each in lines]

    return told


def test_what_waits_becomes_the_next_of_its_companys_chain(database: Database[dict[str, Any]]) -> None:
    note(ACME, count=2)
    note(RIVAL)
    waiting = list(database.audit_pending.find({"company_id": ACME.company_id}))
    assert sealing.seal_waiting() == 3
    note(ACME)
    assert sealing.seal_waiting() == 1

    sealed, theirs = chain_of(ACME, database), chain_of(RIVAL, database)
    assert [[each["sequence"] for each in every] for every in (sealed, theirs)] == [[1, 2, 3], [1]]
    assert [chain.shown(each) for each in waiting] == [
        {name: value for name, value in chain.shown(each).items() if name != "sequence"} for each in sealed[:2]
    ]
    assert database.audit_pending.count_documents({}) == 0


def test_it_is_measured_how_late_each_record_is_sealed(database: Database[dict[str, Any]]) -> None:
    note(ACME, count=2)
    before = delays()
    sealing.seal_waiting()
    after = delays()

    assert after.count - before.count == 2
    assert 0 <= after.sum - before.sum < 60


def delays() -> Spread:
    (family,) = [each for each in meter.collect() if each.metric.name == "novapulse.audit.seal.delay"]
    return family.spreads.get((), Spread([]))


def test_each_record_follows_on_the_one_before_and_the_head_is_the_last(database: Database[dict[str, Any]]) -> None:
    note(ACME, count=3)
    sealing.seal_waiting()

    digest = chain.NOTHING
    for each in chain_of(ACME, database):
        digest = chain.link(each, after=digest)
        assert each["hash"] == digest
        assert each["seal"] == chain.seal(ACME.company_id, sequence=each["sequence"], digest=digest)
    head = database.audit_heads.find_one({"_id": ACME.company_id})
    assert head is not None
    assert (head["sequence"], head["hash"], head["location"]) == (3, digest, "DE")


def test_more_than_one_transaction_should_take_is_sealed_in_several(
    database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "SEAL_BATCH", 4)
    note(ACME, count=9)

    assert sealing.seal(ACME) == 9
    assert [each["sequence"] for each in chain_of(ACME, database)] == list(range(1, 10))


def test_two_sealers_at_once_make_one_chain(database: Database[dict[str, Any]]) -> None:
    together, counts = Barrier(4), []

    def work() -> None:
        for _ in range(5):
            together.wait(30)
            note(ACME, count=3)
            counts.append(sealing.seal(ACME))

    threads = [Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    counts.append(sealing.seal_waiting())

    assert sum(counts) <= 60  # what was sealed by one who was late with the rest is not counted
    assert [each["sequence"] for each in chain_of(ACME, database)] == list(range(1, 61))


def test_a_sealer_that_died_after_inserting_leaves_a_good_chain_to_the_next(
    database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    note(ACME)
    sealing.seal(ACME)
    note(ACME, count=3)
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "_move", die)
        with pytest.raises(ZeroDivisionError):
            sealing.seal(ACME)
    note(ACME)
    sealing.seal(ACME)

    assert [each["sequence"] for each in chain_of(ACME, database)] == [1, 2, 3, 4, 5]
    assert database.audit_pending.count_documents({}) == 0
    head = database.audit_heads.find_one({"_id": ACME.company_id})
    assert head is not None
    assert head["sequence"] == 5


def test_where_a_sealer_that_died_has_left_off_the_chain_has_its_end_and_its_anchor_at_the_next_look(
    database: Database[dict[str, Any]], anchors: Anchors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    note(ACME, count=3)
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "_settle", die)
        with pytest.raises(ZeroDivisionError):
            sealing.seal(ACME)
    sealing.seal_waiting()

    last = chain_of(ACME, database)[-1]
    head = database.audit_heads.find_one({"_id": ACME.company_id})
    assert head is not None
    assert (head["sequence"], head["hash"]) == (3, last["hash"])
    assert anchors() == [(3, last["hash"].hex())]
    assert database.audit_pending.count_documents({}) == 0


def test_what_went_in_before_another_sealer_was_faster_has_its_end_and_its_anchor(
    database: Database[dict[str, Any]], anchors: Anchors
) -> None:
    note(ACME, count=2)
    late = database.audit_pending.find_one({}, sort=[("_id", -1)])
    assert late is not None
    sealing.seal(ACME)
    early = {**late, "_id": ObjectId("0" * 24)}  # of a transaction that was long in committing
    database.audit_pending.insert_many([{**early, "mac": chain.mac(early)}, late])
    sealing.seal_waiting()

    head = database.audit_heads.find_one({"_id": ACME.company_id})
    assert head is not None
    assert (head["sequence"], [number for number, _ in anchors()]) == (3, [2, 3])


def test_what_none_of_our_processes_has_written_is_not_sealed_as_if_it_were(
    database: Database[dict[str, Any]],
) -> None:
    note(ACME)
    sealing.seal_waiting()
    note(ACME, count=2)
    database.audit_pending.update_one({}, {"$set": {"action": "task.deleted"}})
    database.audit_pending.insert_one({"company_id": ACME.company_id, "location": "DE", "action": 7, "mac": -1})
    sealing.seal_waiting()

    actions = [each["action"] for each in chain_of(ACME, database)]
    assert actions == ["task.created", "record.forged", "task.created", "record.forged"]


@pytest.mark.parametrize(
    "stray",
    [
        {},
        {"company_id": [ACME.company_id], "location": "DE"},
        {"company_id": "acme", "location": "DE"},
        {"company_id": ACME.company_id, "location": 7},
        {"company_id": ACME.company_id, "location": DatetimeMS(2**62)},
    ],
)
def test_what_says_of_no_company_that_it_is_its_own_holds_up_nobody_and_is_told_by_the_platforms_chain(
    database: Database[dict[str, Any]], stray: dict[str, Any]
) -> None:
    database.audit_pending.insert_one({**stray})
    note(ACME)
    sealing.seal_waiting()

    assert [each["action"] for each in chain_of(ACME, database)] == ["task.created"]
    assert [each["action"] for each in chain_of(conf.PLATFORM, database)] == ["record.forged"]
    assert database.audit_pending.count_documents({}) == 0


def test_what_was_moved_to_where_nobody_looks_is_told_by_the_platforms_chain(
    database: Database[dict[str, Any]],
) -> None:
    note(ACME, count=2)
    database.audit_pending.update_one({}, {"$set": {"location": "FR"}})
    sealing.seal_waiting()
    sealing.seal_waiting()

    assert [(each["action"], each["location"]) for each in chain_of(ACME, database)] == [("task.created", "DE")]
    assert [each["action"] for each in chain_of(conf.PLATFORM, database)] == ["record.forged"]


def test_an_anchor_of_each_batch_goes_to_the_log(
    database: Database[dict[str, Any]], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing.logger, "handlers", [caplog.handler])  # its lines stand in no other stream
    note(ACME, count=2)
    sealing.seal_waiting()

    (line,) = [each for each in caplog.records if each.getMessage() == "audit.sealed"]
    last = chain_of(ACME, database)[-1]
    assert line.fields == {  # type: ignore[attr-defined]  # put there by novapulse.log
        "company_id": str(ACME.company_id),
        "sequence": 2,
        "hash": last["hash"].hex(),
        "count": 2,
    }
