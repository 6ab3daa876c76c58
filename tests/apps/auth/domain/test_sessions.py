"""Sessions start, end once, and end together."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from bson import ObjectId

from apps.auth.domain import memberships, sessions
from apps.auth.domain.sessions import Device
from apps.auth.enums import Role
from novapulse import clock

if TYPE_CHECKING:
    from apps.auth.domain.memberships import MembershipRecord


@pytest.fixture
def membership(database: object) -> MembershipRecord:
    """Make a membership."""
    return memberships.create(company_id=ObjectId(), location="DE", identity_id=ObjectId(), role=Role.MEMBER)


def _start(membership: MembershipRecord) -> ObjectId:
    return sessions.start(membership, device=Device("x" * 1000, "127.0.0.1")).id


def _is_live(session_id: ObjectId) -> bool:
    session = sessions.by_id(session_id)
    return session is not None and session.is_live


def test_session_lives_thirty_days(membership: MembershipRecord) -> None:
    started = _start(membership)
    with clock.shifted(timedelta(days=30, seconds=-5)):
        assert _is_live(started)
    with clock.shifted(timedelta(days=30)):
        assert not _is_live(started)


def test_session_keeps_its_first_reason_when_it_is_ended_again(membership: MembershipRecord, database: object) -> None:
    started = _start(membership)
    sessions.end(started, reason="logout")
    first = sessions.by_id(started)
    sessions.end(started, reason="later")
    assert sessions.by_id(started) == first


def test_sessions_of_one_membership_end_and_no_others(membership: MembershipRecord) -> None:
    other = memberships.create(
        company_id=ObjectId(), location="FR", identity_id=membership.identity_id, role=Role.OWNER
    )
    mine, theirs = [_start(membership), _start(membership)], _start(other)
    sessions.end_for_membership(membership.id, reason="removed")
    assert not any(_is_live(session) for session in mine)
    assert _is_live(theirs)


def test_sessions_of_one_person_end_in_all_companies(membership: MembershipRecord) -> None:
    other = memberships.create(
        company_id=ObjectId(), location="FR", identity_id=membership.identity_id, role=Role.OWNER
    )
    stranger = memberships.create(
        company_id=membership.company_id, location="DE", identity_id=ObjectId(), role=Role.MEMBER
    )
    mine, theirs = [_start(membership), _start(other)], _start(stranger)
    sessions.end_for_identity(membership.identity_id, reason="taken-over")
    assert not any(_is_live(session) for session in mine)
    assert _is_live(theirs)


def test_switch_is_not_noted_when_the_session_is_not_live(membership: MembershipRecord) -> None:
    started = _start(membership)
    assert sessions.note_switch(started) is not None
    sessions.end(started, reason="logout")
    assert sessions.note_switch(started) is None
    assert sessions.note_switch(ObjectId()) is None
