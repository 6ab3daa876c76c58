"""The keys of a company: who sees which, who issues which, and who ends which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.auth.domain import api_keys, company_keys, members, service_accounts, sessions
from apps.auth.domain.api_keys import Terms
from apps.auth.domain.company_keys import Wanted
from apps.auth.enums import Role
from apps.auth.errors import AboveYourRole, ServiceAccountRole
from novapulse import clock
from novapulse.data.keyset import Order
from novapulse.errors import Denied, Invalid, InvalidToken, NotFound
from tests import people

if TYPE_CHECKING:
    from pymongo.database import Database

    from apps.auth.domain.company_keys import CompanyKey, Issued
    from tests.people import Person


@dataclass(frozen=True)
class World:
    """Two companies, and people in them."""

    owner: Person
    admin: Person
    member: Person
    rival: Person


@pytest.fixture
def world(database: object) -> World:
    """Found them."""
    home, elsewhere = people.company("acme"), people.company("rival", country="FR")
    owner, admin, member = (people.person(home, role=role) for role in (Role.OWNER, Role.ADMIN, Role.MEMBER))
    return World(owner, admin, member, people.person(elsewhere, role=Role.OWNER))


def _issue(
    person: Person,
    *scopes: str,
    account: service_accounts.Wanted | None = None,
    narrowed_to: frozenset[str] | None = None,
    session: ObjectId | None = None,
) -> Issued:
    terms = Terms(name="Some key", scopes=scopes or None, expires_at=clock.now() + timedelta(days=1))
    with people.acting(person, scopes=narrowed_to, session=session or people.session_of(person)):
        return company_keys.issue(terms, service_account=account)


def _listed(person: Person, *, scopes: frozenset[str] | None = None) -> list[CompanyKey]:
    with people.acting(person, scopes=scopes):
        return company_keys.page(Wanted(Order("created_at"), limit=100)).rows


def _revoke(person: Person, key_id: ObjectId, *, scopes: frozenset[str] | None = None) -> None:
    with people.acting(person, scopes=scopes):
        company_keys.revoke(key_id)


def test_everybody_sees_their_own_keys_and_who_manages_members_sees_all(world: World) -> None:
    ids = [_issue(person).key.id for person in (world.owner, world.admin, world.member)]
    theirs = _issue(world.rival).key.id
    assert [key.id for key in _listed(world.member)] == [ids[2]]
    assert [key.id for key in _listed(world.admin)] == ids
    assert [key.id for key in _listed(world.rival)] == [theirs]


def test_key_without_the_permission_to_manage_sees_its_own_members_keys_alone(world: World) -> None:
    own = _issue(world.admin).key.id
    other = _issue(world.member).key.id
    narrow = frozenset({"api_keys.read", "api_keys.delete"})
    assert [key.id for key in _listed(world.admin, scopes=narrow)] == [own]
    with pytest.raises(NotFound):
        _revoke(world.admin, other, scopes=narrow)
    _revoke(world.admin, own, scopes=narrow)


def test_key_is_described_with_the_role_that_it_acts_in_now(world: World) -> None:
    account = service_accounts.Wanted("Robot", Role.MANAGER)
    _issue(world.member, "tasks.read")
    robot = _issue(world.admin, account=account).key
    with people.acting(world.owner):
        members.change_role(robot.membership_id, role=Role.VIEWER)
    found = _listed(world.owner)
    assert [(key.role, key.service_account, key.scopes) for key in found] == [
        (Role.MEMBER, None, ["tasks.read"]),
        (Role.VIEWER, "Robot", None),
    ]


def test_key_takes_only_scopes_that_the_role_holds(world: World) -> None:
    scopes = ("tasks.read", "tasks.delete", "comments.read", "no.such.word", "sessions.create")
    with pytest.raises(Invalid) as refused:
        _issue(world.member, *scopes)
    assert [field.pointer for field in refused.value.fields] == ["/scopes/1", "/scopes/3", "/scopes/4"]
    assert _listed(world.member) == []


def test_scopes_of_a_service_account_are_held_by_its_role_not_by_whoever_makes_it(world: World) -> None:
    with pytest.raises(Invalid):
        _issue(world.owner, "tasks.create", account=service_accounts.Wanted("Robot", Role.VIEWER))
    with people.acting(world.owner):
        assert len(members.page(members.Wanted((), Order("created_at"), 10)).rows) == 3  # no robot stays behind


@pytest.mark.parametrize(
    ("who", "role", "trouble"),
    [
        ("member", Role.VIEWER, Denied),
        ("admin", Role.OWNER, AboveYourRole),
        ("owner", Role.OWNER, ServiceAccountRole),
    ],
)
def test_service_account_wants_the_permission_and_the_reach(
    world: World, who: str, role: Role, trouble: type[Exception]
) -> None:
    with pytest.raises(trouble):
        _issue(getattr(world, who), account=service_accounts.Wanted("Robot", role))


def test_narrowed_credential_issues_none(world: World) -> None:
    with pytest.raises(Denied):
        _issue(world.owner, narrowed_to=frozenset({"api_keys.create", "tasks.read"}))


def test_member_who_was_removed_issues_none(world: World) -> None:
    with people.acting(world.admin):
        members.remove(world.member.id)
    with pytest.raises(InvalidToken):
        _issue(world.member)


def test_session_that_has_ended_issues_none(world: World, database: Database[dict[str, Any]]) -> None:
    session = people.session_of(world.member)
    sessions.end(session, reason="logout")
    for each in (session, ObjectId()):
        with pytest.raises(InvalidToken):
            _issue(world.member, session=each)
    assert database.api_keys.count_documents({}) == 0


def test_end_of_a_key_is_announced_in_the_transaction_that_ends_it(
    world: World, database: Database[dict[str, Any]]
) -> None:
    key = _issue(world.member).key
    _revoke(world.admin, key.id)
    changes = [(each["level"], each["subject"], each["company_id"]) for each in database.gate_changes.find()]
    assert changes == [("credential", str(key.id), str(world.admin.membership.company_id))]
    assert not api_keys.is_live(key.id, membership_id=world.member.id)
    assert _listed(world.admin) == []


@pytest.mark.parametrize("whose", ["rival", "admin", "nobody", "ended"])
def test_key_out_of_reach_is_not_found_and_nothing_is_announced(
    world: World, database: Database[dict[str, Any]], whose: str
) -> None:
    keys = {"rival": _issue(world.rival).key.id, "admin": _issue(world.admin).key.id, "nobody": ObjectId()}
    keys["ended"] = _issue(world.member).key.id
    _revoke(world.member, keys["ended"])
    database.gate_changes.delete_many({})
    with pytest.raises(NotFound):
        _revoke(world.member, keys[whose])
    assert database.gate_changes.count_documents({}) == 0


def test_secret_is_not_in_what_is_printed(world: World) -> None:
    issued = _issue(world.member)
    assert issued.text not in repr(issued)
    assert issued.text.split("_")[2] not in repr(_listed(world.member))
