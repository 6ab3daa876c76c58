"""What apps above ask about members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from apps.auth.domain import colleagues
from apps.auth.enums import Role
from novapulse.tenancy import scope
from tests import people

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.database import Database

    from tests.people import Person


@pytest.fixture
def eve(database: object) -> Person:
    """Put an owner into another company."""
    return people.person(people.company("rival", country="FR"), role=Role.OWNER, email="eve@rival.example")


@pytest.fixture
def ann(eve: Person) -> Iterator[Person]:
    """Put a manager into a company, and work for it."""
    home = people.company("acme")
    with scope.company(home.id, location="DE"):
        yield people.person(home, role=Role.MANAGER, email="Ann@acme.example")


def test_member_may_what_the_table_grants_to_their_role_now(ann: Person, database: Database[Any]) -> None:
    assert colleagues.may(ann.id, "imports.create")
    assert not colleagues.may(ann.id, "members.update")

    database["memberships"].update_one({"_id": ann.id}, {"$set": {"role": "viewer"}})
    assert not colleagues.may(ann.id, "imports.create")


def test_who_has_left_is_shut_out_or_of_a_suspended_company_may_nothing(ann: Person, database: Database[Any]) -> None:
    states: list[tuple[str, Any, dict[str, Any], dict[str, Any]]] = [
        ("memberships", ann.id, {"status": "ended"}, {"status": "active"}),
        ("identities", ann.identity.id, {"deactivated_at": "now"}, {"deactivated_at": None}),
        ("companies", ann.membership.company_id, {"status": "suspended"}, {"status": "active"}),
    ]
    for collection, found, bad, good in states:
        database[collection].update_one({"_id": found}, {"$set": bad})
        assert not colleagues.may(ann.id, "imports.create"), collection
        database[collection].update_one({"_id": found}, {"$set": good})
    assert colleagues.may(ann.id, "imports.create")


def test_member_of_a_read_only_company_may_export_and_change_nothing(ann: Person, database: Database[Any]) -> None:
    database["companies"].update_one({"_id": ann.membership.company_id}, {"$set": {"status": "read_only"}})
    assert [colleagues.may(ann.id, word) for word in ("exports.create", "imports.create")] == [True, False]


def test_member_of_another_company_may_nothing_here(ann: Person, eve: Person) -> None:
    assert not colleagues.may(eve.id, "imports.create")


def test_members_are_found_by_address_in_any_case(ann: Person) -> None:
    assert colleagues.by_email(["ANN@ACME.example", "nobody@acme.example"]) == {"ANN@ACME.example": ann.id}
    assert colleagues.by_email([]) == {}


def test_address_of_somebody_in_another_company_is_nobodys(ann: Person, eve: Person, database: Database[Any]) -> None:
    assert colleagues.by_email([eve.identity.email]) == {}

    database["memberships"].update_one({"_id": ann.id}, {"$set": {"status": "ended"}})
    assert colleagues.by_email([ann.identity.email]) == {}
