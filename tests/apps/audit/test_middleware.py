"""Refusals as the routes give them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.audit.domain import refusals
from tests.api import Api
from tests.audited import Audited

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database


@pytest.fixture
def audited(acme: Api, rival: Api, database: Database[dict[str, Any]]) -> Audited:
    """Give what was written down since both companies were founded."""
    return Audited(database)


def told_to(audited: Audited) -> list[dict[str, Any]]:
    assert refusals.room.drain(seconds=30)
    return audited.told()


def test_what_a_role_may_not_do_is_written_down(acme: Api, new_member: Callable[..., Api], audited: Audited) -> None:
    viewer = new_member(acme, "viewer")
    audited.forget()
    assert viewer.post("/projects", {"key": "APP", "name": "App"}).status_code == 403

    (told,) = told_to(audited)
    assert (told["company_id"], told["action"], told["reason"]) == (acme.company_id, "access.denied", "denied")
    assert told["target"]["id"] == "POST /api/v1/projects"
    assert told["actor"]["membership_id"] == viewer.membership_id


@pytest.mark.parametrize("route", ["/projects/{project}", "/members/{member}", "/webhooks/{webhook}"])
def test_an_id_of_another_company_is_told_of_to_operators(acme: Api, rival: Api, audited: Audited, route: str) -> None:
    ids = {
        "project": rival.post("/projects", {"key": "APP", "name": "App"}).json()["id"],
        "member": rival.user["membership_id"],
        "webhook": rival.post("/webhooks", {"url": "https://hooks.example.com/in"}).json()["id"],
    }
    audited.forget()
    assert acme.get(route.format(**ids)).status_code == 404

    (told,) = told_to(audited)
    assert (told["company_id"], told["action"]) == (ObjectId("0" * 24), "access.foreign_id")
    assert told["actor"]["membership_id"] == acme.membership_id
    assert told["details"] == {"company": str(acme.company_id)}


def test_an_id_of_nobody_and_whoever_is_not_let_in_are_not_written_down(acme: Api, audited: Audited) -> None:
    assert acme.get(f"/projects/{ObjectId()}").status_code == 404
    assert acme.get("/nothing").status_code == 404
    assert Api().get(f"/projects/{ObjectId()}").status_code == 401

    assert told_to(audited) == []
