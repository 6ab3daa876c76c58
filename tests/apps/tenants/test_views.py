"""The company over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api import Api


def test_company_is_ones_own(acme: Api, rival: Api) -> None:
    response = acme.get("/company")
    assert response.status_code == 200
    assert response.json()["slug"] == "acme"
    assert response.headers["ETag"] == '"1"'
    assert rival.get("/company").json()["slug"] == "rival"


def test_company_is_shown_as_the_signup_has_shown_it(acme: Api) -> None:
    assert acme.get("/company").json() == acme.company


def test_company_is_304_when_the_client_has_it(acme: Api) -> None:
    response = acme.get("/company", If_None_Match='W/"0", "1"')
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["ETag"] == '"1"'
    acme.patch("/company", {"name": "Renamed"}, version=1)
    assert acme.get("/company", If_None_Match='"1"').status_code == 200


def test_company_is_renamed_and_the_rival_is_not(acme: Api, rival: Api) -> None:
    response = acme.patch("/company", {"name": "  Renamed  "}, version=1)
    assert response.status_code == 200
    assert (response.json()["name"], response.json()["version"]) == ("Renamed", 2)
    assert response.headers["ETag"] == '"2"'
    assert rival.get("/company").json()["name"] == "Rival"


def test_company_keeps_its_name_when_the_patch_is_empty(acme: Api) -> None:
    response = acme.patch("/company", {}, version=1)
    assert (response.status_code, response.json()) == (200, acme.company)
    assert acme.patch("/company", {}, version=2).status_code == 412


def test_company_is_not_renamed_without_or_with_a_stale_etag(acme: Api) -> None:
    assert acme.patch("/company", {"name": "Renamed"}).status_code == 428
    response = acme.patch("/company", {"name": "Renamed"}, version=7)
    assert (response.status_code, response.json()["code"]) == (412, "precondition-failed")
    assert acme.get("/company").json()["name"] == "Acme"


@pytest.mark.parametrize(
    ("field", "value"), [("slug", "other"), ("country", "FR"), ("status", "suspended"), ("company_id", "0" * 24)]
)
def test_company_refuses_what_cannot_be_changed(acme: Api, field: str, value: str) -> None:
    response = acme.patch("/company", {"name": "Renamed", field: value}, version=1)
    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == [f"/{field}"]
    assert acme.get("/company").json() == acme.company


@pytest.mark.parametrize("name", ["", "   ", None, 5, ["x"], {"$ne": None}, "x" * 101, "a\u0000b"])
def test_company_refuses_a_name_that_is_none(acme: Api, name: object) -> None:
    response = acme.patch("/company", {"name": name}, version=1)
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/name"


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("manager", 403), ("member", 403), ("viewer", 403)])
def test_company_is_renamed_by_admins_alone_and_read_by_all(
    acme: Api, new_member: Callable[..., Api], role: str, status: int
) -> None:
    somebody = new_member(acme, role)
    assert somebody.get("/company").json() == acme.company
    assert somebody.patch("/company", {"name": "Renamed"}, version=1).status_code == status


def test_company_is_told_to_nobody_without_a_credential(acme: Api) -> None:
    acme.token = ""
    assert acme.get("/company").status_code == 401
