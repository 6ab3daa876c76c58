"""Which requests are kept, and what of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from apps.observability.domain import traces as policy
from apps.observability.domain.finished import Finished
from novapulse import context
from novapulse.resilience.account import Account
from novapulse.telemetry import traces
from novapulse.telemetry.sampling import Trickle
from novapulse.web import methods
from tests.api import Api
from tests.tracing import traced

if TYPE_CHECKING:
    from novapulse.telemetry.story import Story

SAMPLED, NOT_SAMPLED = f"00-{'a' * 32}-{'b' * 16}-01", f"00-{'a' * 32}-{'b' * 16}-00"
CANARY = "canary-5f2b9c"


def _kept(status: int = 200, *, seconds: float = 0.1, method: str = "GET", ratio: float = 0.0) -> list[Story]:
    with traced(ratio=ratio) as kept:
        trail = context.begin_request("request-1")
        traces.begin(trail)
        policy.tell(Finished(method, "tasks", status, 1.0, 1.0 + seconds, trail, Account(slow_seconds=1)))
    return kept.stories


@pytest.fixture(autouse=True)
def _fresh_trickle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "_trickle", Trickle(every_seconds=3_600))


@pytest.mark.parametrize("status", [500, 502, 504])
def test_an_error_of_ours_is_kept_whatever_the_ratio_is(status: int) -> None:
    (story,) = _kept(status)

    assert (story.error, story.attributes["http.response.status_code"]) == (str(status), status)


def test_a_slow_request_is_kept_whatever_the_ratio_is() -> None:
    assert len(_kept(seconds=1.1)) == 1


@pytest.mark.parametrize("status", [200, 404, 422])
def test_what_went_well_or_was_the_clients_mistake_is_kept_by_chance_alone(status: int) -> None:
    assert _kept(status) == []
    assert [story.error for story in _kept(status, ratio=1.0)] == [""]


@pytest.mark.parametrize("status", [429, 503])
def test_of_refusals_that_come_by_the_thousand_one_is_kept_now_and_then(status: int) -> None:
    assert [len(_kept(status)) for _ in range(3)] == [1, 0, 0]


def test_a_method_that_somebody_has_made_up_is_told_as_another_one() -> None:
    (story,) = _kept(500, method=methods.told(CANARY))

    assert (story.name, story.attributes["http.request.method"]) == ("HTTP tasks", "_OTHER")


def test_nothing_is_kept_where_traces_are_off(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[object] = []
    monkeypatch.setattr(traces, "keep", kept.append)
    trail = context.begin_request("request-1", traceparent=SAMPLED)
    policy.tell(Finished("GET", "tasks", 500, 1.0, 9.0, trail, Account(slow_seconds=1)))

    assert trail.is_sampled
    assert kept == []


def test_a_request_is_kept_where_whoever_causes_it_is(acme: Api) -> None:
    with traced(ratio=0.0) as kept:
        acme.get("/tasks", Traceparent=NOT_SAMPLED)
        acme.get("/tasks", Traceparent=SAMPLED)

    (story,) = kept.stories
    assert (story.trail.trace_id, story.trail.parent_span_id) == ("a" * 32, "b" * 16)
    assert str(story.trail.company_id) == acme.company["id"]


def test_a_parent_that_is_not_sampled_is_obeyed_whatever_the_ratio_is(acme: Api) -> None:
    with traced(ratio=1.0) as kept:
        acme.get("/tasks", Traceparent=NOT_SAMPLED)
        acme.get("/tasks", Traceparent="malformed")

    (story,) = kept.stories
    assert story.trail.parent_span_id == ""


def test_the_calls_of_a_request_are_told_with_it(acme: Api) -> None:
    acme.get("/tasks")  # so that the gate knows them
    with traced(ratio=1.0) as kept:
        acme.get("/tasks")

    (story,) = kept.stories
    assert [(note.call.system, note.call.operation, note.call.target) for note in story.notes] == [
        ("redis", "decide", "gate"),
        ("mongodb", "find", "tasks"),
    ]
    assert all(story.began_at <= note.ended_at <= story.ended_at for note in story.notes)


def test_requests_of_two_companies_at_a_time_on_the_same_threads_keep_apart(acme: Api, rival: Api) -> None:
    def ask(number: int) -> None:
        who, name = ((acme, "acme"), (rival, "rival"))[number % 2]
        who.get("/tasks", X_Request_ID=f"{name}-{number:08}")

    for who in (acme, rival):
        who.get("/tasks")  # so that the gate knows them
    with traced(ratio=1.0) as kept, ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(40)))

    told = {(story.trail.request_id.partition("-")[0], str(story.trail.company_id)) for story in kept.stories}
    assert told == {("acme", acme.company["id"]), ("rival", rival.company["id"])}
    finds = [sum(note.call.target == "tasks" for note in story.notes) for story in kept.stories]
    assert finds == [1] * 40  # Redis may be asked again where it is slow
    assert len({story.trail.trace_id for story in kept.stories}) == 40


def test_no_value_of_anybody_comes_into_a_trace(acme: Api) -> None:
    with traced(ratio=1.0) as kept:
        acme.get(f"/tasks?search={CANARY}")
        acme.get(f"/{CANARY}")
        acme.post("/projects", {"name": CANARY, "key": "CAN"}, User_Agent=CANARY)
        Api().post("/auth/login", {"email": f"{CANARY}@acme.example", "password": CANARY})

    assert len(kept.stories) == 4
    assert CANARY not in repr(kept.stories)
