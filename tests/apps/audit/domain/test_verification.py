"""Verification: whatever is done to a chain is found."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from bson import Decimal128, ObjectId

from apps.audit import conf
from apps.audit.domain import chain, records, sealing, verification
from apps.audit.domain.records import Entry
from apps.audit.domain.verification import Verdict
from apps.audit.enums import Action
from novapulse import clock
from novapulse.tenancy.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database

    Stores = Database[dict[str, Any]]

HOME, RIVAL = Scope(ObjectId(), "DE"), Scope(ObjectId(), "FR")
SIZE = 6


@pytest.fixture
def sealed(database: Stores) -> Stores:
    """Seal six records of a company one by one, and some of another."""
    for _ in range(SIZE):
        records.note([Entry(Action.TASK_CREATED, ObjectId(), home=home) for home in (HOME, RIVAL)])
        sealing.seal_waiting()
    return database


def verify(**anchors: Any) -> Verdict:
    return verification.verify(HOME, anchors=anchors.get("anchors", {}), seen=lambda _: None)


def numbered(database: Stores, sequence: int) -> dict[str, Any]:
    found = database.audit_events.find_one({"company_id": HOME.company_id, "sequence": sequence})
    assert found is not None
    return found


def edit(database: Stores) -> None:
    database.audit_events.update_one({"_id": numbered(database, 3)["_id"]}, {"$set": {"actor.role": "owner"}})


def edit_beyond_reading(database: Stores) -> None:
    database.audit_events.update_one({"_id": numbered(database, 3)["_id"]}, {"$set": {"reason": Decimal128("1")}})


def delete(database: Stores) -> None:
    database.audit_events.delete_one({"_id": numbered(database, 3)["_id"]})


def swap(database: Stores) -> None:
    third, fourth = numbered(database, 3), numbered(database, 4)
    for number, each in ((0, third), (3, fourth), (4, third)):
        database.audit_events.update_one({"_id": each["_id"]}, {"$set": {"sequence": number}})


def delete_and_number_anew(database: Stores) -> None:
    delete(database)
    for number in range(4, SIZE + 1):
        database.audit_events.update_one({"_id": numbered(database, number)["_id"]}, {"$set": {"sequence": number - 1}})
    database.audit_heads.update_one({"_id": HOME.company_id}, {"$set": {"sequence": SIZE - 1}})


def take_from_another_company(database: Stores) -> None:
    theirs = database.audit_events.find_one({"company_id": RIVAL.company_id, "sequence": 3})
    assert theirs is not None
    ours = {"_id": numbered(database, 3)["_id"], "company_id": HOME.company_id, "location": "DE"}
    database.audit_events.replace_one({"_id": ours["_id"]}, {**theirs, **ours})


def link_anew_without_the_key(database: Stores) -> None:
    """Edit a record, and compute all hashes from there on again, as anybody can."""
    edit(database)
    digest = numbered(database, 2)["hash"]
    for number in range(3, SIZE + 1):
        digest = chain.link(numbered(database, number), after=digest)
        database.audit_events.update_one({"_id": numbered(database, number)["_id"]}, {"$set": {"hash": digest}})
    database.audit_heads.update_one({"_id": HOME.company_id}, {"$set": {"hash": digest}})


ATTACKS: list[Callable[[Stores], None]] = [
    edit,
    edit_beyond_reading,
    delete,
    swap,
    delete_and_number_anew,
    take_from_another_company,
    link_anew_without_the_key,
]


def test_what_is_as_it_was_sealed_is_good(sealed: Stores) -> None:
    assert verify() == Verdict(records=SIZE)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_whatever_is_done_to_the_third_record_is_found_there(sealed: Stores, attack: Callable[[Stores], None]) -> None:
    attack(sealed)
    found = verify()

    assert (found.first_bad, found.is_good) == (3, False)
    assert verification.verify(RIVAL, anchors={}, seen=lambda _: None) == Verdict(records=SIZE)


def test_what_is_cut_off_at_the_end_is_found_by_where_the_chain_ended(sealed: Stores) -> None:
    sealed.audit_events.delete_one({"_id": numbered(sealed, SIZE)["_id"]})
    assert verify().first_bad == SIZE

    last = numbered(sealed, SIZE - 1)
    values = {"sequence": SIZE - 1, "hash": last["hash"], "seal": last["seal"]}
    sealed.audit_heads.update_one({"_id": HOME.company_id}, {"$set": values})
    assert verify().first_bad == SIZE - 1  # nobody without MASTER_KEY makes another end


def test_an_old_end_put_back_is_found_by_the_log_alone(sealed: Stores) -> None:
    old = sealed.audit_heads.find_one({"_id": HOME.company_id})
    assert old is not None
    records.note([Entry(Action.TASK_DELETED, home=HOME)])
    sealing.seal_waiting()
    cut = numbered(sealed, SIZE + 1)
    sealed.audit_events.delete_one({"_id": cut["_id"]})
    sealed.audit_heads.replace_one({"_id": HOME.company_id}, old)

    assert verify().is_good
    assert verify(anchors={SIZE + 1: {cut["hash"].hex()}}).first_bad == SIZE + 1


def test_a_record_that_is_another_than_the_log_says_is_found(sealed: Stores) -> None:
    assert verify(anchors={4: {numbered(sealed, 4)["hash"].hex()}}).is_good
    assert verify(anchors={4: {"0" * 64}}).first_bad == 4


def test_what_was_added_is_found(sealed: Stores) -> None:
    added = {"company_id": HOME.company_id, "location": "DE"}
    sealed.audit_events.insert_one({**added, "sequence": SIZE + 1})
    assert verify().first_bad == SIZE + 1

    sealed.audit_events.update_one({"sequence": SIZE + 1}, {"$set": {"sequence": 2.5}})
    assert verify().first_bad == 3
    sealed.audit_events.update_one({"sequence": 2.5}, {"$set": {"sequence": "3"}})
    assert verify().fault == "a record without a sequence was added"


def test_a_chain_without_its_end_is_found_and_so_is_one_that_is_gone_with_it(sealed: Stores) -> None:
    sealed.audit_heads.delete_one({"_id": HOME.company_id})
    assert (verify().first_bad, verify().is_good) == (SIZE, False)

    sealed.audit_events.delete_many({"company_id": HOME.company_id})
    assert (verify().first_bad, verify().is_good) == (1, False)


def test_what_has_not_begun_yet_is_good(database: Stores) -> None:
    """A company that was founded this second, and the platform before anything was done."""
    records.note([Entry(Action.COMPANY_CREATED, home=HOME)])

    assert verify() == Verdict(records=0)
    assert verification.verify(conf.PLATFORM, anchors={}, seen=lambda _: None) == Verdict(records=0)


def test_an_end_that_lags_behind_is_no_fault_and_one_that_was_moved_is(sealed: Stores) -> None:
    """A sealer that was killed has left it there."""
    early = numbered(sealed, 2)
    seal = chain.head_seal(HOME.company_id, sequence=2, digest=early["hash"])
    values = {"sequence": 2, "hash": early["hash"], "seal": seal}
    sealed.audit_heads.update_one({"_id": HOME.company_id}, {"$set": values})
    assert verify() == Verdict(records=SIZE)

    sealed.audit_heads.update_one({"_id": HOME.company_id}, {"$set": {"sequence": 3}})
    assert verify().first_bad == 3


def test_what_waits_for_more_than_a_minute_is_told_of(database: Stores) -> None:
    records.note([Entry(Action.TASK_CREATED, home=HOME)])
    assert verify() == Verdict(records=0)

    with clock.shifted(timedelta(minutes=2)):
        assert verify() == Verdict(records=0, late=1)
        assert not verify().is_good


def test_anchors_are_read_out_of_a_log_with_other_lines() -> None:
    line = f'{{"event": "audit.sealed", "company_id": "{HOME.company_id}", "sequence": 7, "hash": "ab"}}'
    found = verification.anchors_in(["a server says hello", '{"event": "other"}', f"2026-01-31 {line}", line])

    assert found == {HOME.company_id: {7: {"ab"}}}
    with pytest.raises(ValueError, match="no anchor"):
        verification.anchors_in(['{"event": "audit.sealed"}'])


def test_progress_is_told_by_records(sealed: Stores) -> None:
    seen: list[int] = []
    verification.verify(HOME, anchors={}, seen=seen.append)

    assert (sum(seen), verification.length(HOME)) == (SIZE, SIZE)
