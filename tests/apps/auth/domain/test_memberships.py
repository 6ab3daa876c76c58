"""Memberships: which of them open a company."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from apps.auth.domain import memberships
from apps.auth.enums import Role
from novapulse.gate.decision import Change, Level
from tests.apps.auth.ends import announced

if TYPE_CHECKING:
    from pymongo.database import Database

    from apps.auth.domain.memberships import MembershipRecord

HOME, ABROAD, ANNA, BERT = (ObjectId() for _ in range(4))


def _create(company_id: ObjectId, identity_id: ObjectId) -> MembershipRecord:
    return memberships.create(company_id=company_id, location="DE", identity_id=identity_id, role=Role.MEMBER)


@pytest.fixture
def seats(database: Database[dict[str, Any]]) -> tuple[MembershipRecord, MembershipRecord, MembershipRecord]:
    """Put Anna into two companies and Bert into one, and let Anna leave the second."""
    found = (_create(HOME, ANNA), _create(ABROAD, ANNA), _create(HOME, BERT))
    database.memberships.update_one({"_id": found[1].id}, {"$set": {"status": "ended"}})
    return found


def test_only_active_memberships_are_found(seats: tuple[MembershipRecord, ...]) -> None:
    active, ended, other = seats
    assert memberships.active(active.id) == active
    assert memberships.active(ended.id) is None
    assert memberships.active_of(ANNA) == [active]
    assert memberships.active_in(HOME, identity_id=BERT) == other
    assert memberships.active_in(ABROAD, identity_id=ANNA) is None
    assert memberships.active_in(ABROAD, identity_id=BERT) is None


def test_members_of_another_company_are_not_among_those_of_this_one(seats: tuple[MembershipRecord, ...]) -> None:
    ids = [seat.id for seat in seats]
    assert memberships.active_among(ids, company_id=HOME) == {ids[0], ids[2]}
    assert memberships.active_among(ids, company_id=ABROAD) == frozenset()


def test_any_number_of_members_is_found_by_one_command(
    seats: tuple[MembershipRecord, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    from novapulse.tenancy.guard import TenancyGuard  # noqa: PLC0415  once the apps are ready

    ids = {_create(HOME, ObjectId()).id for _ in range(150)}
    sent: list[str] = []
    monkeypatch.setattr(TenancyGuard, "started", lambda _guard, event: sent.append(event.command_name))
    assert memberships.active_among(ids, company_id=HOME) == ids
    assert sent == ["find"]


def test_membership_that_begins_again_has_a_new_version_and_the_gate_is_told(
    seats: tuple[MembershipRecord, ...],
) -> None:
    assert memberships.begin_again(HOME, identity_id=ANNA, role=Role.VIEWER) is None
    again = memberships.begin_again(ABROAD, identity_id=ANNA, role=Role.VIEWER)
    assert again is not None
    assert (again.id, again.credential_version) == (seats[1].id, 2)
    assert announced() == [Change(Level.MEMBERSHIP, str(again.id), company_id=str(ABROAD), version=2)]


def test_version_of_one_membership_is_raised_and_no_other(seats: tuple[MembershipRecord, ...]) -> None:
    raised = memberships.raise_version(seats[0].id)
    assert raised is not None
    assert memberships.raise_version(ObjectId()) is None
    assert (raised.credential_version, memberships.active(seats[2].id)) == (2, seats[2])
    assert announced() == [Change(Level.MEMBERSHIP, str(seats[0].id), company_id=str(HOME), version=2)]


def test_versions_of_one_person_are_raised_in_all_companies(seats: tuple[MembershipRecord, ...]) -> None:
    memberships.raise_versions_of(ANNA)
    assert memberships.active(seats[2].id) == seats[2]
    told = {(change.company_id, change.subject, change.version) for change in announced()}
    assert told == {(str(seat.company_id), str(seat.id), 2) for seat in seats[:2]}


def test_ended_membership_is_not_entered(seats: tuple[MembershipRecord, ...]) -> None:
    assert memberships.entered(seats[0].id) == seats[0]
    assert memberships.entered(seats[1].id) is None


def test_nobody_is_in_one_company_twice(seats: tuple[MembershipRecord, ...]) -> None:
    with pytest.raises(DuplicateKeyError):
        _create(HOME, ANNA)
