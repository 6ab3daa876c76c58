"""One effect however often a POST is sent."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from novapulse import clock
from novapulse.web import idempotency
from tests.novapulse.web import routes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpResponse

ANN = "acme.ann"


@pytest.fixture
def post(send: Any, notes: Any) -> Any:
    def posted(text: str = "a", *, key: str | None = "key-1", visitor: str = ANN, path: str = "/notes") -> HttpResponse:
        headers = {} if key is None else {"Idempotency_Key": key}
        return send("POST", path, {"text": text}, X_Visitor=visitor, **headers)

    return posted


@pytest.fixture
def _closed_gate() -> Iterator[None]:
    routes.entered.clear()
    routes.gate.clear()
    yield
    routes.gate.set()


def test_the_same_request_has_one_effect_and_the_same_answer(post: Any, notes: Any) -> None:
    first, second = post(), post()

    assert notes.count_documents({}) == 1
    assert second.status_code == first.status_code == 201
    assert second.content == first.content
    assert second.headers["Location"] == first.headers["Location"]
    assert "X-Not" not in second.headers
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"


def test_a_quoted_key_is_the_same_key(post: Any, notes: Any) -> None:
    post(key="key-1")
    post(key='"key-1"')

    assert notes.count_documents({}) == 1


def test_without_a_key_each_request_has_its_effect(post: Any, notes: Any) -> None:
    post(key=None)
    post(key=None)

    assert notes.count_documents({}) == 2


@pytest.mark.parametrize("other", [{"text": "b"}, {"path": "/notes?"}])
def test_another_body_under_the_key_is_refused(post: Any, notes: Any, other: dict[str, str]) -> None:
    post()
    response = post(**other)

    if "text" in other:
        assert response.status_code == 422
        assert response.json()["code"] == "idempotency-key-reused"
    assert notes.count_documents({}) == 1


@pytest.mark.parametrize("visitor", ["acme.bob", "rival.ann"])
def test_a_key_belongs_to_one_member_of_one_company(post: Any, notes: Any, visitor: str) -> None:
    first, other = post(), post(visitor=visitor)

    assert other.status_code == 201
    assert other.content != first.content
    assert notes.count_documents({}) == 2


def test_a_refusal_leaves_neither_effect_nor_record(post: Any, notes: Any) -> None:
    assert post("conflict").status_code == 409
    assert notes.count_documents({}) == 0

    assert post("fine").status_code == 201


def test_a_mistake_of_ours_leaves_neither_effect_nor_record(post: Any, notes: Any) -> None:
    assert post("bug").status_code == 500
    assert notes.count_documents({}) == 0

    assert post("fine").status_code == 201


@pytest.mark.parametrize("key", ["", '"', '"a', "a b", "é", "x" * 129, "a,b", "a\tb"])
def test_a_malformed_key_is_refused(post: Any, notes: Any, key: str) -> None:
    response = post(key=key)

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "Idempotency-Key"
    assert notes.count_documents({}) == 0


@pytest.mark.usefixtures("_closed_gate")
def test_who_comes_while_the_first_is_at_work_is_told_to_ask_again(post: Any, notes: Any) -> None:
    answers: list[HttpResponse] = []
    first = threading.Thread(target=lambda: answers.append(post()))
    first.start()
    assert routes.entered.wait(timeout=10)
    second = post()
    routes.gate.set()
    first.join()

    assert second.status_code == 409
    assert second.json()["code"] == "idempotency-key-in-flight"
    assert second.headers["Retry-After"] == "1"
    assert answers[0].status_code == 201
    assert post().content == answers[0].content
    assert notes.count_documents({}) == 1


def test_many_at_once_have_one_effect(post: Any, notes: Any) -> None:
    answers: list[HttpResponse] = []
    start = threading.Barrier(8)

    def race() -> None:
        start.wait()
        answers.append(post())

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert notes.count_documents({}) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1


def test_a_route_that_issues_a_credential_keeps_no_record(send: Any, notes: Any, database: Any) -> None:
    for _ in range(2):
        assert send("POST", "/credential", {}, X_Visitor=ANN, Idempotency_Key="key-1").status_code == 200

    assert notes.count_documents({}) == 2
    assert database.idempotency_records.count_documents({}) == 0


def test_a_record_names_its_company_and_ends_after_a_day(post: Any, database: Any) -> None:
    post()
    record = database.idempotency_records.find_one({})

    assert record["company_id"] == routes.COMPANIES["acme"].company_id
    assert record["location"] == "DE"
    assert timedelta(hours=23) < record["expires_at"] - clock.now() <= idempotency.KEPT_FOR


def test_an_answer_that_is_too_large_to_keep_undoes_its_effect(
    post: Any, notes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "MAX_KEPT_BYTES", 10)
    response = post()

    assert response.json()["code"] == "answer-too-large-to-keep"
    assert notes.count_documents({}) == 0
