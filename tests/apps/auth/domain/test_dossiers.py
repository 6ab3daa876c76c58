"""What operators read of a person."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from apps.auth.domain import acting, dossiers
from apps.auth.enums import Access, Role
from novapulse import clock
from novapulse.errors import NotFound
from novapulse.web.commands import as_json
from tests import people
from tests.api import PASSWORD, Api
from tests.audited import Audited

if TYPE_CHECKING:
    from pymongo.database import Database


def test_it_lists_companies_and_live_sessions_of_this_person_alone(acme: Api, rival: Api) -> None:
    there = Api().post("/auth/login", {"email": acme.email, "password": PASSWORD}, User_Agent="Firefox").json()
    Api(there["access_token"]).post("/auth/logout")
    acme.post("/api-keys", {"name": "Robot"})
    found = json.loads(as_json(dossiers.present(dossiers.dossier(acme.email.upper()))))

    assert (found["email"], found["name"]) == (acme.email, acme.get("/me").json()["name"])
    assert [(each["company"], each["role"]) for each in found["memberships"]] == [("acme", "owner")]
    assert [each["company"] for each in found["sessions"]] == ["acme"]
    assert (found["live_sessions"], found["live_api_keys"]) == (1, 1)


def test_it_is_found_by_id_as_by_address_and_holds_no_secret(acme: Api) -> None:
    found = dossiers.dossier(acme.email)

    assert dossiers.dossier(str(found.account.identity.id)) == found
    told = as_json(dossiers.present(found))
    assert found.account.identity.password_hash not in told
    assert "salt" not in told


def test_staff_who_act_as_them_are_named_until_they_do_not(acme: Api) -> None:
    length = timedelta(minutes=15)
    begun = acting.begin(acme.membership_id, operator="ada@x.example", access=Access.READ_ONLY, length=length)
    found = dossiers.present(dossiers.dossier(acme.email))
    with clock.shifted(length):
        later = dossiers.present(dossiers.dossier(acme.email))

    assert [(each["acted_by"], each["expires_at"]) for each in found["sessions"]][:1] == [
        ("ada@x.example", begun.session.good_until)
    ]
    assert found["live_sessions"] == len(found["sessions"]) == 2
    assert [each["acted_by"] for each in later["sessions"]] == [None]
    assert later["live_sessions"] == 1


def test_a_service_account_is_no_person(database: object) -> None:
    home = people.company("acme")
    robot = people.person(home, role=Role.MEMBER, email="robot@service-accounts.invalid")

    for named in ("robot@service-accounts.invalid", str(robot.membership.identity_id), "0" * 24):
        with pytest.raises(NotFound, match=named):
            dossiers.dossier(named)


def test_reading_it_is_written_down(acme: Api, database: Database[dict[str, Any]]) -> None:
    audited = Audited(database)
    found = dossiers.dossier(acme.email)

    told = [(each["action"], each["target"]) for each in audited.told()]
    assert told == [("operator.read", {"type": "person", "id": found.account.identity.id})]
