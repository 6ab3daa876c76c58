"""What operators end by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bson import ObjectId

from apps.auth.domain import api_keys, memberships, revocations, sessions
from apps.auth.domain.sessions import Device
from apps.auth.enums import Role
from novapulse.errors import NotFound
from novapulse.gate.decision import Change, Level
from tests import people
from tests.apps.auth.ends import announced

if TYPE_CHECKING:
    from apps.auth.domain.sessions import SessionRecord

JTI = "a" * 32


@pytest.fixture
def started(database: object) -> tuple[SessionRecord, SessionRecord]:
    """Sign two people in, in two companies."""
    homes = (people.company("acme"), people.company("rival"))
    seats = [people.person(home, role=Role.MEMBER).membership for home in homes]
    here, there = (sessions.start(seat, device=Device("pytest", "127.0.0.1")) for seat in seats)
    return here, there


def _live() -> int:
    return sessions.count_live()


def test_preparing_ends_nothing(started: tuple[SessionRecord, SessionRecord]) -> None:
    here, _ = started
    prepared = [
        revocations.of_session(here.id),
        revocations.of_token(JTI, session_id=here.id),
        revocations.of_membership(here.membership_id),
    ]
    assert [each.level for each in prepared] == [Level.CREDENTIAL, Level.TOKEN, Level.MEMBERSHIP]
    assert [each.sessions for each in prepared] == [1, 0, 1]
    assert {each.company_id for each in prepared} == {here.company_id}
    assert (_live(), announced()) == (2, [])


def test_session_ends(started: tuple[SessionRecord, SessionRecord]) -> None:
    here, there = started
    revocations.of_session(here.id).apply()
    assert sessions.by_id(there.id) == there
    assert announced() == [Change(Level.CREDENTIAL, str(here.id), company_id=str(here.company_id))]


def test_token_ends_and_is_remembered_until_it_has_expired(started: tuple[SessionRecord, SessionRecord]) -> None:
    here, there = started
    revocations.of_token(JTI, session_id=here.id).apply()
    (change,) = announced()
    assert (change.level, change.subject, change.credential_id) == (Level.TOKEN, JTI, str(here.id))
    now = sessions.by_id(here.id)
    assert now is not None
    assert (now.is_live, now.revoked_tokens) == (True, {JTI})
    assert sessions.by_id(there.id) == there


@pytest.mark.usefixtures("database")
def test_one_api_key_ends_by_its_public_part_and_no_other_does() -> None:
    holder, other = (people.person(people.company(slug), role=Role.MEMBER) for slug in ("acme", "rival"))
    mine, second, theirs = (people.key(each).split("_")[1] for each in (holder, holder, other))
    key, home = api_keys.of_prefix(mine), holder.membership.company_id
    revocations.of_api_key(mine).apply()
    assert key is not None
    assert announced() == [Change(Level.CREDENTIAL, str(key.id), company_id=str(home))]
    assert [bool(api_keys.of_prefix(each)) for each in (mine, second, theirs)] == [False, True, True]
    with pytest.raises(NotFound, match=f"no live API key np_{mine}_"):
        revocations.of_api_key(mine)


def test_everything_of_a_membership_ends_and_it_goes_on(started: tuple[SessionRecord, SessionRecord]) -> None:
    here, there = started
    revocations.of_membership(here.membership_id).apply()
    now = memberships.active(here.membership_id)
    assert now is not None
    assert now.credential_version == 2
    assert sessions.by_id(there.id) == there
    assert _live() == 1
    change = Change(Level.MEMBERSHIP, str(now.id), company_id=str(now.company_id), version=2)
    assert announced() == [change]


def test_what_is_not_there_or_has_ended_is_not_found(started: tuple[SessionRecord, SessionRecord]) -> None:
    here, _ = started
    sessions.end(here.id, reason="logout")
    for session_id in (here.id, ObjectId()):
        with pytest.raises(NotFound):
            revocations.of_session(session_id)
        with pytest.raises(NotFound):
            revocations.of_token(JTI, session_id=session_id)
    with pytest.raises(NotFound):
        revocations.of_membership(ObjectId())
