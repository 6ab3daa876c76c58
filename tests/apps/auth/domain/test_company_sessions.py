"""The end of all sessions of a company."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.auth.domain import company_sessions
from novapulse.errors import NotFound
from tests.api import PASSWORD, Api
from tests.apps.auth.ends import announced, is_good

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database


def _refreshed(api: Api) -> int:
    return Api().post("/auth/refresh", {"refresh_token": api.refresh_token}).status_code


def _logged_in(api: Api) -> int:
    return Api().post("/auth/login", {"email": api.email, "password": PASSWORD}).status_code


def test_everybody_of_the_company_signs_in_anew_and_nobody_else_does(
    acme: Api, rival: Api, new_member: Callable[..., Api]
) -> None:
    anna = new_member(acme, "member", email="anna@acme.example")

    assert company_sessions.end_all(acme.company_id) == 2
    assert [is_good(each.token) for each in (acme, anna, rival)] == [False, False, True]
    assert [_refreshed(each) for each in (acme, anna, rival)] == [401, 401, 200]
    assert _logged_in(acme) == 200


def test_api_keys_go_on(acme: Api) -> None:
    key = acme.post("/api-keys", {"name": "Robot"}).json()["key"]
    company_sessions.end_all(acme.company_id)

    assert (Api(acme.token).get("/me").status_code, Api(key).get("/me").status_code) == (401, 200)


def test_it_is_told_to_the_company_with_how_many(acme: Api, database: Database[dict[str, Any]]) -> None:
    database.audit_pending.delete_many({})
    company_sessions.end_all(acme.company_id)

    told = database.audit_pending.find_one({"action": "sessions.ended"})
    assert told is not None
    assert (told["company_id"], told["target"]["type"], told["details"]) == (
        acme.company_id,
        "company",
        {"sessions": 1},
    )


def test_what_cannot_be_announced_ends_nothing(acme: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    before = announced()

    def fail(_changes: object) -> None:
        raise ConnectionError

    monkeypatch.setattr("apps.tenants.domain.credentials.announce", fail)
    with pytest.raises(ConnectionError):
        company_sessions.end_all(acme.company_id)
    assert (announced(), is_good(acme.token), _refreshed(acme)) == (before, True, 200)


def test_a_company_that_is_not_there_is_not_found(database: object) -> None:
    with pytest.raises(NotFound):
        company_sessions.end_all(ObjectId())
