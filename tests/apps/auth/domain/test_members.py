"""Who may change whom, and that somebody always owns the company."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import product
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.auth.domain import company_keys, members, memberships, sessions
from apps.auth.domain.api_key_users import KnownKeys
from apps.auth.domain.api_keys import Terms
from apps.auth.domain.sessions import Device
from apps.auth.enums import MembershipStatus, Role
from apps.auth.errors import AboveYourRole, LastOwner, MemberEnded
from novapulse import clock
from novapulse.data.keyset import Order
from novapulse.errors import Denied, InvalidToken, NotFound
from tests import people

if TYPE_CHECKING:
    from collections.abc import Callable

    from apps.tenants.api import CompanyRecord

pytestmark = pytest.mark.usefixtures("database")

# From the most to the least, written out here so that the test does not ask the code what is right.
LADDER = ("owner", "admin", "manager", "member", "viewer")
ADMINS = ("owner", "admin")
PAIRS = list(product(LADDER, LADDER))


@pytest.fixture
def home(database: object) -> CompanyRecord:
    """Found a company with an owner to spare, so that nobody in a test is the last."""
    home = people.company("acme")
    people.person(home, role=Role.OWNER)
    return home


def _reaches(actor: str, other: str) -> bool:
    return actor in ADMINS and LADDER.index(actor) <= LADDER.index(other)


def _succeeds(act: Callable[[], object]) -> bool:
    try:
        act()
    except Denied:
        return False
    return True


def test_credential_that_leaves_the_permission_out_changes_nobody_whatever_the_role(home: CompanyRecord) -> None:
    owner, member = people.person(home, role=Role.OWNER), people.person(home, role=Role.MEMBER)
    with people.acting(owner, scopes=frozenset({"members.remove", "members.read"})):
        for act in (lambda: members.remove(member.id), lambda: members.change_role(member.id, role=Role.VIEWER)):
            with pytest.raises(Denied):
                act()
    with people.acting(owner, scopes=frozenset({"members.update"})):
        members.remove(member.id)


def test_keys_of_a_member_end_with_the_membership_and_stay_ended_when_it_begins_again(home: CompanyRecord) -> None:
    owner, member = people.person(home, role=Role.OWNER), people.person(home, role=Role.MEMBER)
    mine, theirs = people.key(owner), people.key(member)
    with people.acting(owner):
        members.remove(member.id)
    memberships.begin_again(home.id, identity_id=member.identity.id, role=Role.MEMBER)
    assert KnownKeys().user_of(mine).principal.membership_id == owner.id
    with pytest.raises(InvalidToken):
        KnownKeys().user_of(theirs)


def test_keys_of_a_member_go_on_in_their_new_role(home: CompanyRecord) -> None:
    owner, member = people.person(home, role=Role.OWNER), people.person(home, role=Role.MEMBER)
    text = people.key(member)
    with people.acting(owner):
        members.change_role(member.id, role=Role.VIEWER)
    assert KnownKeys().user_of(text).principal.role == "viewer"


def test_no_key_outlives_a_membership_that_ends_at_the_same_time(home: CompanyRecord, database: Any) -> None:
    owner = people.person(home, role=Role.OWNER)
    for _ in range(5):
        member, together = people.person(home, role=Role.MEMBER), Barrier(4)
        with ThreadPoolExecutor(4) as threads:
            threads.submit(_removed, owner, member.id, together)
            for session in [people.session_of(member) for _ in range(3)]:
                threads.submit(_key_issued, member, session, together)
    live = database.api_keys.count_documents({"ended_at": None})
    assert (live, database.memberships.count_documents({"status": "ended"})) == (0, 5)


def _removed(owner: people.Person, member_id: ObjectId, together: Barrier) -> None:
    with people.acting(owner):
        together.wait()
        members.remove(member_id)


def _key_issued(member: people.Person, session: ObjectId, together: Barrier) -> None:
    with people.acting(member, session=session):
        together.wait()
        company_keys.issue(Terms("Some key", None, clock.now() + timedelta(days=1)))


@pytest.mark.parametrize(("actor", "before", "after"), list(product(LADDER, LADDER, LADDER)))
def test_role_changes_only_within_the_reach_of_whoever_changes_it(
    home: CompanyRecord, actor: str, before: str, after: str
) -> None:
    somebody, target = people.person(home, role=Role(actor)), people.person(home, role=Role(before))
    with people.acting(somebody):
        done = _succeeds(lambda: members.change_role(target.id, role=Role(after)))
        stored = members.member(target.id).role
    assert done is (_reaches(actor, before) and _reaches(actor, after))
    assert stored == (after if done else before)


@pytest.mark.parametrize(("actor", "other"), PAIRS)
def test_member_is_removed_only_from_above_or_beside(home: CompanyRecord, actor: str, other: str) -> None:
    somebody, target = people.person(home, role=Role(actor)), people.person(home, role=Role(other))
    with people.acting(somebody):
        done = _succeeds(lambda: members.remove(target.id))
        status = members.member(target.id).status
    assert done is _reaches(actor, other)
    assert status == ("ended" if done else "active")


@pytest.mark.parametrize("role", LADDER)
def test_member_may_leave_whatever_their_role(home: CompanyRecord, role: str) -> None:
    somebody = people.person(home, role=Role(role))
    with people.acting(somebody):
        members.remove(somebody.id)
    assert memberships.active(somebody.id) is None


@pytest.mark.parametrize("role", ADMINS[1:])
def test_admin_does_not_raise_themself(home: CompanyRecord, role: str) -> None:
    somebody = people.person(home, role=Role(role))
    with people.acting(somebody), pytest.raises(AboveYourRole):
        members.change_role(somebody.id, role=Role.OWNER)


def test_role_of_the_token_counts_no_more_when_it_was_taken_away(home: CompanyRecord) -> None:
    owner, admin, target = (people.person(home, role=role) for role in (Role.OWNER, Role.ADMIN, Role.MEMBER))
    with people.acting(owner):
        members.change_role(admin.id, role=Role.VIEWER)
    with people.acting(admin), pytest.raises(Denied):
        members.change_role(target.id, role=Role.ADMIN)


def test_whoever_was_removed_changes_nobody_with_an_old_token(home: CompanyRecord) -> None:
    owner, admin, target = (people.person(home, role=role) for role in (Role.OWNER, Role.ADMIN, Role.MEMBER))
    with people.acting(owner):
        members.remove(admin.id)
    with people.acting(admin), pytest.raises(Denied):
        members.remove(target.id)


def test_member_of_another_company_is_not_found() -> None:
    acme, rival = people.company("acme"), people.company("rival", country="FR")
    owner, theirs = people.person(acme, role=Role.OWNER), people.person(rival, role=Role.VIEWER)
    with people.acting(owner):
        for act in (members.member, members.remove, lambda member_id: members.change_role(member_id, role=Role.ADMIN)):
            for member_id in (theirs.id, ObjectId()):
                with pytest.raises(NotFound):
                    act(member_id)
    assert memberships.active(theirs.id) == theirs.membership


def test_role_change_raises_versions_and_ends_sessions_of_that_membership_alone(home: CompanyRecord) -> None:
    owner, target = people.person(home, role=Role.OWNER), people.person(home, role=Role.MEMBER)
    elsewhere = people.seat(people.company("rival"), identity=target.identity, role=Role.ADMIN)
    ended, kept = (sessions.start(seat, device=Device("", "")) for seat in (target.membership, elsewhere))
    with people.acting(owner):
        changed = members.change_role(target.id, role=Role.MANAGER)
    now = memberships.active(target.id)
    assert now is not None
    assert (now.role, now.credential_version, now.version, changed.version) == (Role.MANAGER, 2, 2, 2)
    assert [_is_live(session) for session in (ended, kept)] == [False, True]
    assert memberships.active(elsewhere.id) == elsewhere


def _is_live(session: sessions.SessionRecord) -> bool:
    found = sessions.by_id(session.id)
    return found is not None and found.is_live


def test_role_that_stays_ends_nothing(home: CompanyRecord) -> None:
    owner, target = people.person(home, role=Role.OWNER), people.person(home, role=Role.MEMBER)
    session = sessions.start(target.membership, device=Device("", ""))
    with people.acting(owner):
        members.change_role(target.id, role=Role.MEMBER)
    assert memberships.active(target.id) == target.membership
    assert _is_live(session)


def test_removed_member_stays_as_what_tasks_point_to(home: CompanyRecord, database: Any) -> None:
    owner, target = people.person(home, role=Role.OWNER), people.person(home, role=Role.MEMBER)
    session = sessions.start(target.membership, device=Device("", ""))
    with people.acting(owner):
        members.remove(target.id)
        assert members.member(target.id).status is MembershipStatus.ENDED
        with pytest.raises(MemberEnded):
            members.remove(target.id)
        with pytest.raises(MemberEnded):
            members.change_role(target.id, role=Role.VIEWER)
    stored = database["memberships"].find_one({"_id": target.id})
    assert (stored["credential_version"], stored["ended_at"]) == (2, stored["updated_at"])
    assert not _is_live(session)


def test_last_owner_neither_leaves_nor_steps_down(database: object) -> None:
    home, rival = people.company("acme"), people.company("rival")
    owner = people.person(home, role=Role.OWNER)
    people.person(home, role=Role.ADMIN)
    people.person(rival, role=Role.OWNER)
    with people.acting(owner):
        with pytest.raises(LastOwner):
            members.remove(owner.id)
        with pytest.raises(LastOwner):
            members.change_role(owner.id, role=Role.ADMIN)
    assert memberships.active(owner.id) == owner.membership


def test_owner_who_has_left_does_not_count_as_one(database: object) -> None:
    home = people.company("acme")
    first, second = people.person(home, role=Role.OWNER), people.person(home, role=Role.OWNER)
    with people.acting(first):
        members.remove(first.id)
    with people.acting(second), pytest.raises(LastOwner):
        members.remove(second.id)


def _leave(owner: people.Person, *, together: Barrier) -> bool:
    with people.acting(owner):
        together.wait()
        try:
            members.remove(owner.id)
        except LastOwner:
            return False
    return True


def _step_down(owner: people.Person, *, together: Barrier) -> bool:
    with people.acting(owner):
        together.wait()
        try:
            members.change_role(owner.id, role=Role.VIEWER)
        except LastOwner:
            return False
    return True


@pytest.mark.parametrize("acts", [(_leave, _leave), (_leave, _step_down), (_step_down, _step_down)])
def test_one_owner_stays_when_all_of_them_go_at_once(database: Any, acts: tuple[Callable[..., bool], ...]) -> None:
    for round_number in range(5):
        home = people.company(f"acme-{round_number}")
        owners = [people.person(home, role=Role.OWNER) for _ in acts]
        together = Barrier(len(acts))
        with ThreadPoolExecutor(len(acts)) as threads:
            gone = [threads.submit(act, owner, together=together) for act, owner in zip(acts, owners, strict=True)]
        assert sorted(future.result() for future in gone) == [False, True]
        left = {"company_id": home.id, "role": "owner", "status": "active"}
        assert database["memberships"].count_documents(left) == 1


def test_list_holds_the_active_members_of_this_company_alone() -> None:
    acme, rival = people.company("acme"), people.company("rival")
    owner, gone = people.person(acme, role=Role.OWNER), people.person(acme, role=Role.MEMBER)
    people.person(rival, role=Role.OWNER)
    with people.acting(owner):
        members.remove(gone.id)
        page = members.page(members.Wanted(roles=(), order=Order("created_at"), limit=25))
    assert [(row.id, row.name, row.email) for row in page.rows] == [
        (owner.id, owner.identity.name, owner.identity.email)
    ]
    assert page.next is None
