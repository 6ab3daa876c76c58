"""What the audit is told of people: to each of their companies, and of no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.audit.api import Action, ActorKind, Entry
from apps.auth.domain import audited, identities, signin
from apps.auth.domain.sessions import Device
from apps.auth.domain.signin import Credentials
from apps.auth.enums import Role
from apps.auth.errors import InvalidCredentials
from novapulse import context
from tests import people
from tests.api import Api
from tests.audited import recorded

if TYPE_CHECKING:
    from pymongo.database import Database

    from tests.commands import Commands
    from tests.people import Person

PLATFORM = ObjectId("0" * 24)


@pytest.fixture
def olive(database: object) -> Person:
    return people.person(people.company("acme"), role=Role.OWNER)


def refuse(email: str) -> None:
    with pytest.raises(InvalidCredentials):
        signin.log_in(Credentials(email, "wrong", None), device=Device("tests", "127.0.0.1"))


def test_what_concerns_a_person_is_told_to_each_of_their_companies_in_its_own_words(olive: Person) -> None:
    second = people.seat(people.company("second", country="FR"), identity=olive.identity, role=Role.VIEWER)

    with people.acting(olive):
        known = context.principal()
        told = audited.everywhere(olive.identity.id, Entry(Action.PASSWORD_CHANGED, kind="member"))

    by_home = {entry.home.company_id: entry for entry in told if entry.home}
    own, other = by_home[olive.membership.company_id], by_home[second.company_id]
    assert own.by is not None
    assert other.by is not None
    assert (own.id, own.by.credential_id, own.by.role) == (olive.id, known.credential_id, "owner")
    assert (other.id, other.by.credential_id, other.by.role) == (second.id, None, "viewer")


def test_what_concerns_somebody_without_a_company_is_told_to_the_platform(database: object) -> None:
    alone = identities.create(email="a@b.example", name="A", password_hash="none")
    (told,) = audited.everywhere(alone.id, Entry(Action.PASSWORD_RESET, kind="member"))

    assert told.home is not None
    assert told.home.company_id == PLATFORM


def test_a_refused_sign_in_is_told_to_the_companies_of_the_account(
    olive: Person, database: Database[dict[str, Any]]
) -> None:
    refuse(olive.identity.email)

    (told,) = recorded(database)
    assert (told["company_id"], told["reason"]) == (olive.membership.company_id, "invalid-credentials")
    assert told["target"] == {"type": "person", "id": olive.identity.id}


def test_an_address_without_an_account_is_told_to_the_platform_by_a_hash(
    olive: Person, database: Database[dict[str, Any]]
) -> None:
    for email in ("nobody@acme.example", "Nobody@acme.example", "other@acme.example"):
        refuse(email)

    told = recorded(database)
    assert {each["company_id"] for each in told} == {PLATFORM}
    assert len({each["target"]["id"] for each in told}) == 2
    assert "acme.example" not in str(told)


def test_a_refusal_takes_the_same_commands_whether_there_is_an_account_or_not(
    olive: Person, commands: Commands
) -> None:
    with commands.counted() as names:
        refuse(olive.identity.email)
        known = list(names)
    with commands.counted() as names:
        refuse("nobody@acme.example")

    assert names == known


def test_a_session_that_is_ended_in_another_company_does_not_tell_which_one_its_person_works_in(
    olive: Person,
) -> None:
    second = people.seat(people.company("second", country="FR"), identity=olive.identity, role=Role.VIEWER)
    session = {"_id": ObjectId(), "company_id": second.company_id, "location": "FR"}
    session |= {"identity_id": olive.identity.id, "membership_id": second.id}

    with people.acting(olive):
        told = audited.of_session(Action.SESSION_ENDED, session, reason="ended-by-owner")

    assert told.by is not None
    assert (told.by.kind, told.by.membership_id) == (ActorKind.PERSON, second.id)


def test_a_token_that_is_used_again_is_told_of_with_the_end_of_its_session(
    acme: Api, database: Database[dict[str, Any]]
) -> None:
    first = acme.refresh_token
    second = Api().post("/auth/refresh", {"refresh_token": first}).json()["refresh_token"]
    Api().post("/auth/refresh", {"refresh_token": second})
    assert Api().post("/auth/refresh", {"refresh_token": first}).status_code == 401

    (ended,) = (each for each in recorded(database) if each["action"] == "session.ended")
    assert (ended["company_id"], ended["reason"]) == (acme.company_id, "refresh-reuse")
