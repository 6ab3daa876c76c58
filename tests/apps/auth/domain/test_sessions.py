"""Sessions start, end once, and end together."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from bson import ObjectId

from apps.auth.domain import memberships, sessions
from apps.auth.domain.sessions import Device
from apps.auth.enums import Role
from apps.tenants.domain import gate_changes
from novapulse import clock
from novapulse.data import transaction
from novapulse.gate.decision import Change, Level

if TYPE_CHECKING:
    from apps.auth.domain.memberships import MembershipRecord


JTI = "a" * 32


@pytest.fixture
def membership(database: object) -> MembershipRecord:
    """Make a membership."""
    return memberships.create(company_id=ObjectId(), location="DE", identity_id=ObjectId(), role=Role.MEMBER)


def _start(membership: MembershipRecord) -> ObjectId:
    return sessions.start(membership, device=Device("x" * 1000, "127.0.0.1")).id


def _is_live(session_id: ObjectId) -> bool:
    session = sessions.by_id(session_id)
    return session is not None and session.is_live


def _revoked(session_id: ObjectId) -> frozenset[str]:
    session = sessions.by_id(session_id)
    assert session is not None
    return session.revoked_tokens


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


def test_end_is_announced_once(membership: MembershipRecord) -> None:
    started = _start(membership)
    sessions.end(started, reason="logout")
    sessions.end(started, reason="later")
    sessions.end(ObjectId(), reason="nobody's")
    announced = [Change(Level.CREDENTIAL, str(started), company_id=str(membership.company_id))]
    assert list(gate_changes.pending().values()) == announced


def test_token_of_a_session_ends_and_the_session_goes_on(membership: MembershipRecord) -> None:
    started, other = _start(membership), _start(membership)
    assert sessions.revoke_token(started, jti=JTI, expires_at=clock.now() + timedelta(minutes=10))
    assert _revoked(started) == {JTI}
    assert _revoked(other) == set()
    assert _is_live(started)
    announced = Change(Level.TOKEN, JTI, company_id=str(membership.company_id), credential_id=str(started))
    assert list(gate_changes.pending().values()) == [announced]


def test_tokens_that_have_expired_are_forgotten_with_the_next(membership: MembershipRecord) -> None:
    started = _start(membership)
    for jti in ("a" * 32, "b" * 32):
        sessions.revoke_token(started, jti=jti, expires_at=clock.now() + timedelta(minutes=10))
    with clock.shifted(timedelta(minutes=11)):
        sessions.revoke_token(started, jti="c" * 32, expires_at=clock.now() + timedelta(minutes=10))
    assert _revoked(started) == {"c" * 32}


def test_no_token_is_ended_where_there_is_no_live_session(membership: MembershipRecord) -> None:
    started = _start(membership)
    sessions.end(started, reason="logout")
    before = gate_changes.pending()
    for session_id in (started, ObjectId()):
        assert not sessions.revoke_token(session_id, jti=JTI, expires_at=clock.now() + timedelta(minutes=10))
    assert gate_changes.pending() == before


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


def test_other_sessions_of_a_person_end_and_are_announced_one_by_one(membership: MembershipRecord) -> None:
    other = memberships.create(
        company_id=ObjectId(), location="FR", identity_id=membership.identity_id, role=Role.OWNER
    )
    stranger = memberships.create(
        company_id=membership.company_id, location="DE", identity_id=ObjectId(), role=Role.MEMBER
    )
    kept, theirs, ended = _start(membership), _start(stranger), {_start(membership), _start(other)}
    transaction.run(partial(sessions.end_others, membership.identity_id, session_id=kept, reason="some-reason"))
    assert [_is_live(kept), _is_live(theirs), *map(_is_live, ended)] == [True, True, False, False]
    assert {change.subject for change in gate_changes.pending().values()} == {str(each) for each in ended}


def test_switch_is_not_noted_when_the_session_is_not_live(membership: MembershipRecord) -> None:
    started = _start(membership)
    assert sessions.note_switch(started) is not None
    sessions.end(started, reason="logout")
    assert sessions.note_switch(started) is None
    assert sessions.note_switch(ObjectId()) is None
