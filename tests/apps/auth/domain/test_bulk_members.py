"""Many people at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pymongo.errors import BulkWriteError

from apps.auth.domain.bulk_members import NewMember, insert_members
from apps.auth.enums import Role
from novapulse.tenancy.scope import Scope
from tests.api import PASSWORD, Api

if TYPE_CHECKING:
    from pymongo.database import Database


def test_people_become_members_of_their_companies_in_the_order_that_was_given(
    acme: Api, rival: Api, database: Database[dict[str, Any]]
) -> None:
    homes = [Scope(acme.company_id, "DE"), Scope(rival.company_id, "FR"), Scope(acme.company_id, "DE")]
    ids = insert_members(NewMember(home, f"P{n}@x.example", f"P {n}", Role.MEMBER) for n, home in enumerate(homes))
    found = {each["_id"]: each for each in database.memberships.find({"_id": {"$in": ids}})}

    assert [Scope(found[each]["company_id"], found[each]["location"]) for each in ids] == homes
    names = [database.identities.find_one({"_id": found[each]["identity_id"]}) for each in ids]
    assert [each and each["email_key"] for each in names] == ["p0@x.example", "p1@x.example", "p2@x.example"]
    assert len(acme.get("/members").json()["data"]) == 3


def test_they_cannot_sign_in(acme: Api) -> None:
    insert_members([NewMember(Scope(acme.company_id, "DE"), "p@x.example", "P", Role.MEMBER)])

    assert Api().post("/auth/login", {"email": "p@x.example", "password": PASSWORD}).status_code == 401


def test_an_address_that_is_taken_is_refused(acme: Api) -> None:
    with pytest.raises(BulkWriteError):
        insert_members([NewMember(Scope(acme.company_id, "DE"), acme.email, "P", Role.MEMBER)])
