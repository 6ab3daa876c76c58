"""What staff do at the admin's door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.test import Client

from apps.audit.conf import PLATFORM
from apps.staff.domain import accounts
from tests import staff
from tests.audited import recorded

if TYPE_CHECKING:
    from pymongo.database import Database

    Stored = Database[dict[str, Any]]


def told(database: Stored) -> list[dict[str, Any]]:
    return [each for each in recorded(database) if each["company_id"] == PLATFORM.company_id]


def test_who_signs_in_is_told_with_their_name(db: None, database: Stored) -> None:
    staff.signed_in(accounts.create(staff.EMAIL))
    (record,) = told(database)

    assert (record["action"], record["outcome"]) == ("sign_in.succeeded", "success")
    assert record["target"] == {"type": "staff", "id": staff.EMAIL}
    assert (record["actor"]["kind"], record["actor"]["name"]) == ("operator", staff.EMAIL)


def test_who_is_refused_is_told_without_what_they_typed(db: None, database: Stored) -> None:
    staff.try_to_sign_in(Client(), accounts.create(staff.EMAIL), username="hunter2", password="a guess")
    (record,) = told(database)

    assert (record["action"], record["reason"], record["actor"]["kind"]) == ("sign_in.failed", "password", "anonymous")
    assert record["address"] == "127.0.0.1"
    assert "hunter2" not in str(record)


def test_what_one_who_may_only_look_tries_is_told(db: None, database: Stored) -> None:
    browser = staff.signed_in(accounts.create_reader(staff.EMAIL))
    tried = browser.post("/admin/boards/breakers/open/?key=redis", {"minutes": 5, "reason": "a try"})
    assert tried.status_code == 403
    (record,) = [each for each in told(database) if each["action"] == "access.denied"]

    assert record["target"] == {"type": "route", "id": "POST /admin/boards/breakers/<str:verb>/"}
    assert record["actor"]["name"] == staff.EMAIL


def test_without_mongodb_nobody_signs_in_unseen(db: None, no_mongodb: None) -> None:
    answer = staff.try_to_sign_in(Client(), accounts.create(staff.EMAIL))

    assert answer.status_code == 503
