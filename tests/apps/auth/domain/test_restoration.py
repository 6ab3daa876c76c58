"""People of a whole export: named by address, and brought back without a way in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import hashers

from apps.auth.domain import memberships, restoration
from apps.auth.enums import Role
from novapulse.data import transaction
from novapulse.tenancy import scope
from tests import people

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.database import Database

    from apps.tenants.api import CompanyRecord

ROW = {"email": "ann@acme.example", "name": "Ann", "role": "manager", "kind": "person", "status": "active"}


@pytest.fixture
def home(database: object) -> Iterator[CompanyRecord]:
    """Work for a company beside which there is another with people."""
    people.person(people.company("rival", country="FR"), role=Role.OWNER, email="eve@rival.example")
    company = people.company("acme")
    with scope.company(company.id, location="DE"):
        yield company


def restored(*rows: dict[str, Any]) -> dict[str, Any]:
    return transaction.run(lambda: restoration.restore(rows))


def test_roster_is_what_is_restored(home: CompanyRecord) -> None:
    rows = [
        ROW,
        {**ROW, "email": "bob@acme.example", "status": "ended", "role": "owner"},
        {**ROW, "email": "6b074b4951f9926f3bf2a60d@service.invalid", "kind": "service"},
    ]
    rows[2]["email"] = f"x@{restoration.identities.conf.SERVICE_DOMAIN}"

    restored(*rows)

    assert restoration.roster() == sorted(rows, key=lambda row: row["email"])


def test_somebody_new_has_no_password_and_an_address_that_is_not_verified(
    home: CompanyRecord, database: Database[Any]
) -> None:
    restored(ROW)

    identity = database["identities"].find_one({"email": ROW["email"]})
    assert identity is not None
    assert not hashers.is_password_usable(identity["password_hash"])
    assert identity["email_verified_at"] is None


def test_who_is_known_here_stays_the_same_person(home: CompanyRecord) -> None:
    eve = restored({**ROW, "email": "EVE@rival.example", "name": "Somebody else"})["EVE@rival.example"]

    [row] = restoration.roster()
    assert (row["email"], row["name"], row["role"]) == ("eve@rival.example", "Some owner", "manager")
    record = memberships.active(eve)
    assert record is not None
    assert record.company_id == home.id


def test_who_is_a_member_already_stays_what_they_are(home: CompanyRecord) -> None:
    ann = people.person(home, role=Role.OWNER, email=ROW["email"])

    assert restored(ROW) == {ROW["email"]: ann.id}
    assert [row["role"] for row in restoration.roster()] == ["owner"]


@pytest.mark.parametrize(
    "change",
    [
        {"role": "king"},
        {"kind": "robot"},
        {"status": ""},
        {"email": "no address"},
        {"email": None},
        {"password_hash": "x"},
        {"kind": "service"},
        {"name": {"$ne": 1}},
    ],
)
def test_row_that_is_no_member_is_refused(home: CompanyRecord, change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not a"):
        restored({**ROW, **change})
    assert restoration.roster() == []


def test_who_would_own_the_company_and_who_has_an_account_is_foreseen(home: CompanyRecord) -> None:
    rows = [
        {**ROW, "email": "EVE@rival.example", "role": "owner"},
        {**ROW, "email": "gone@acme.example", "role": "owner", "status": "ended"},
        ROW,
    ]
    assert restoration.foresee(rows) == restoration.Foreseen(owners=("EVE@rival.example",), known=1)
    assert restoration.roster() == []


def test_address_that_stands_there_twice_is_refused(home: CompanyRecord) -> None:
    with pytest.raises(ValueError, match="the same address twice"):
        restoration.foresee([ROW, {**ROW, "email": ROW["email"].upper()}])
