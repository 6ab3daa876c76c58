"""One's own sessions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from bson import ObjectId

from apps.auth.domain import my_sessions, sessions
from apps.auth.domain.sessions import Device
from apps.auth.enums import Role
from novapulse import clock
from novapulse.context import Principal
from novapulse.errors import NotFound
from tests import people

if TYPE_CHECKING:
    from apps.auth.domain.memberships import MembershipRecord

LONG_AGO = timedelta(days=-31)


@pytest.fixture
def seats(database: object) -> tuple[MembershipRecord, MembershipRecord, MembershipRecord]:
    """Put Anna into two companies, and Bert into one of them."""
    home, abroad = people.company("acme"), people.company("rival")
    anna, bert = people.person(home, role=Role.OWNER), people.person(home, role=Role.ADMIN)
    return anna.membership, people.seat(abroad, identity=anna.identity, role=Role.VIEWER), bert.membership


def _started(membership: MembershipRecord, *, agent: str = "pytest") -> ObjectId:
    return sessions.start(membership, device=Device(agent, "127.0.0.1")).id


def _principal(membership: MembershipRecord, session_id: ObjectId) -> Principal:
    return Principal("person", membership.identity_id, membership.id, session_id, membership.role.value)


def test_live_sessions_of_all_companies_are_listed_and_nobody_elses(
    seats: tuple[MembershipRecord, MembershipRecord, MembershipRecord],
) -> None:
    here, there, other = seats
    mine, phone, _ = _started(here), _started(there, agent="phone"), _started(other)
    sessions.end(_started(here), reason="logout")
    with clock.shifted(LONG_AGO):
        _started(here)
    rows = my_sessions.page(_principal(here, mine), limit=9).rows
    shown = [(each.session.id, each.company.slug, each.session.device.user_agent, each.is_current) for each in rows]
    assert sorted(shown) == [(mine, "acme", "pytest", True), (phone, "rival", "phone", False)]


def test_pages_show_the_newest_first_and_each_once(
    seats: tuple[MembershipRecord, MembershipRecord, MembershipRecord],
) -> None:
    started = []
    for hours in range(5):
        with clock.shifted(timedelta(hours=hours - 9)):
            started.append(_started(seats[hours % 2]))
    principal, seen, after = _principal(seats[0], started[0]), [], None
    for _ in range(3):
        page = my_sessions.page(principal, limit=2, after=after)
        seen, after = seen + [each.session.id for each in page.rows], page.next
    assert (seen, after) == (started[::-1], None)


def test_one_of_ones_own_sessions_ends(seats: tuple[MembershipRecord, MembershipRecord, MembershipRecord]) -> None:
    here, there, _ = seats
    mine, other = _started(here), _started(there)
    my_sessions.end(other, principal=_principal(here, mine))
    assert [each.session.id for each in my_sessions.page(_principal(here, mine), limit=9).rows] == [mine]


def test_session_of_somebody_else_is_as_if_it_were_not_there(
    seats: tuple[MembershipRecord, MembershipRecord, MembershipRecord],
) -> None:
    here, _, other = seats
    mine, theirs, ended = _started(here), _started(other), _started(here)
    sessions.end(ended, reason="logout")
    with clock.shifted(LONG_AGO):
        expired = _started(here)
    for session_id in (theirs, ended, expired, ObjectId()):
        with pytest.raises(NotFound):
            my_sessions.end(session_id, principal=_principal(here, mine))
    still = sessions.by_id(theirs)
    assert still is not None
    assert still.is_live


def test_all_end_in_all_companies(seats: tuple[MembershipRecord, MembershipRecord, MembershipRecord]) -> None:
    here, there, other = seats
    mine, _, theirs = _started(here), _started(there), _started(other)
    my_sessions.end_all(_principal(here, mine))
    assert my_sessions.page(_principal(here, mine), limit=9).rows == []
    assert [each.session.id for each in my_sessions.page(_principal(other, theirs), limit=9).rows] == [theirs]
