"""Cursors and pages."""

from __future__ import annotations

import json
import string
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from bson import ObjectId
from django.core.signing import Signer
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from novapulse.data.keyset import Position
from novapulse.tenancy import scope
from novapulse.web import pagination

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

ACME, RIVAL = ObjectId(), ObjectId()
HERE = Position("a value", ObjectId())


@pytest.fixture(autouse=True)
def _company() -> Iterator[None]:
    with scope.company(ACME, location="DE"):
        yield


def get(query: str = "", path: str = "/api/v1/tasks") -> HttpRequest:
    return RequestFactory().get(f"{path}?{query}")


def cursor(query: str = "", position: Position = HERE) -> str:
    written = pagination.write_cursor(get(query), position)
    assert written is not None
    return written


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text é",
        "",
        5,
        -1.5,
        datetime(2026, 1, 31, 12, 0, 0, 123_000, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
        ObjectId(),
    ],
)
def test_a_cursor_leads_back_to_its_position(value: object) -> None:
    position = Position(value, ObjectId())

    assert pagination.read_cursor(get(f"cursor={cursor(position=position)}")) == position


def test_without_a_cursor_a_list_starts_at_its_beginning() -> None:
    assert pagination.read_cursor(get()) is None


def test_the_last_page_has_no_cursor() -> None:
    assert pagination.write_cursor(get(), None) is None


def refused(query: str, path: str = "/api/v1/tasks") -> bool:
    try:
        pagination.read_cursor(get(query, path))
    except pagination.BadCursor as trouble:
        return [field.pointer for field in trouble.fields] == ["?cursor"]
    return False


def test_a_cursor_of_another_filter_sort_or_list_is_refused() -> None:
    there = cursor("status=todo&sort=due_at")

    assert refused(f"status=done&sort=due_at&cursor={there}")
    assert refused(f"status=todo&sort=-due_at&cursor={there}")
    assert refused(f"status=todo&cursor={there}")
    assert refused(f"status=todo&sort=due_at&cursor={there}", path="/api/v1/projects")


def test_the_order_of_parameters_and_the_limit_are_the_clients_own() -> None:
    there = cursor("status=todo&sort=due_at&limit=5")

    assert pagination.read_cursor(get(f"limit=50&sort=due_at&cursor={there}&status=todo")) == HERE


def test_a_cursor_of_another_company_is_refused() -> None:
    there = cursor()
    assert pagination.read_cursor(get(f"cursor={there}")) == HERE

    token = scope._bound.set(scope.Scope(RIVAL, "FR"))
    try:
        assert refused(f"cursor={there}")
    finally:
        scope._bound.reset(token)


@given(st.integers(0, 200), st.sampled_from(string.ascii_letters + string.digits + "-_."))
def test_a_cursor_with_one_character_changed_is_refused(place: int, character: str) -> None:
    with scope.company(ACME, location="DE"):
        there = cursor()
        place %= len(there)
        changed = there[:place] + character + there[place + 1 :]

        assert changed == there or refused(f"cursor={changed}")


@given(st.text(max_size=40))
def test_any_text_whatever_is_no_more_than_a_refusal(text: str) -> None:
    request = RequestFactory().get("/api/v1/tasks", {"cursor": text.encode(errors="replace").decode()})
    with scope.company(ACME, location="DE"), pytest.raises(pagination.BadCursor):
        pagination.read_cursor(request)


@pytest.mark.parametrize(
    "payload",
    [
        [],
        {},
        5,
        None,
        "abc",
        ["plain", 1],
        ["plain", 1, "no id"],
        ["plain", 1, 5],
        ["time", "no number", str(ObjectId())],
        ["time", None, str(ObjectId())],
        ["time", 10**18, str(ObjectId())],
        ["id", 5, str(ObjectId())],
        ["id", "no id", str(ObjectId())],
        ["other", 1, str(ObjectId())],
        [["plain"], 1, str(ObjectId())],
    ],
)
def test_a_signed_cursor_that_holds_something_else_is_refused(payload: Any) -> None:
    signed = pagination._signer(get()).sign_object(payload)

    assert refused(f"cursor={signed}")


def test_what_we_signed_for_another_purpose_is_no_cursor() -> None:
    assert refused(f"cursor={Signer(sep='.').sign_object(['plain', 1, str(ObjectId())])}")


def test_a_page_says_where_the_next_one_is_in_body_and_link() -> None:
    response = pagination.answer(get("status=todo&q=caf%C3%A9&limit=2"), [{"id": HERE.id}], position=HERE)
    body = json.loads(response.content)
    target, _, relation = response.headers["Link"].partition(">; ")

    assert body["data"] == [{"id": str(HERE.id)}]
    assert relation == 'rel="next"'
    assert urlsplit(target.removeprefix("<")).path == "/api/v1/tasks"
    assert parse_qs(urlsplit(target).query) == {
        "status": ["todo"],
        "q": ["café"],
        "limit": ["2"],
        "cursor": [body["next_cursor"]],
    }


def test_the_last_page_has_no_link() -> None:
    response = pagination.answer(get(), [], position=None)

    assert json.loads(response.content) == {"data": [], "next_cursor": None}
    assert "Link" not in response.headers


def test_a_query_cannot_add_a_header_or_break_out_of_the_link() -> None:
    response = pagination.answer(get("q=%0d%0aSet-Cookie:%20a%3Eb%3C%22"), [], position=HERE)

    assert "\n" not in response.headers["Link"]
    assert response.headers["Link"].count(">") == 1
    assert response.headers["Link"].count('"') == 2
