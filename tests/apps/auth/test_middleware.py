"""The gate in front of the routes: one round trip, one answer for every bad credential, 503 where nobody can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.tenants.domain import standing
from novapulse.gate import gate
from novapulse.gate.decision import Change, Level
from tests.api import Api
from tests.apps.auth.ends import credential_of

if TYPE_CHECKING:
    import pytest

    from novapulse.gate.gate import Gate
    from tests.commands import Commands


def test_an_authenticated_read_is_one_redis_and_one_mongodb_command(
    acme: Api, commands: Commands, redis_commands: Commands
) -> None:
    acme.get("/tasks")
    with commands.counted() as to_mongodb, redis_commands.counted() as to_redis:
        assert acme.get("/tasks").status_code == 200

    assert (to_redis, to_mongodb) == (["EVALSHA"], ["find"])


def test_a_refused_credential_is_answered_like_none_at_all_but_for_the_request_id(acme: Api) -> None:
    assert acme.post("/auth/logout").status_code == 204
    refused, none = acme.get("/tasks"), Api().get("/tasks")

    assert (refused.status_code, none.status_code) == (401, 401)
    assert refused.json() | {"instance": "", "request_id": ""} == none.json() | {"instance": "", "request_id": ""}
    assert "RateLimit" not in refused.headers


def test_an_anonymous_route_asks_nobody(acme: Api, redis_commands: Commands) -> None:
    with redis_commands.counted() as to_redis:
        assert acme.get("/health/live").status_code == 200

    assert to_redis == []


def test_without_redis_people_work_and_an_ended_session_stays_ended(acme: Api, rival: Api, redis_away: Gate) -> None:
    assert [acme.get("/tasks").status_code for _ in range(4)] == [200] * 4
    acme.post("/auth/logout")

    assert acme.get("/tasks").status_code == 401
    assert rival.get("/tasks").status_code == 200


def test_without_redis_and_mongodb_the_answer_is_503_and_never_401(
    acme: Api, redis_away: Gate, mongo_refused: None
) -> None:
    answers = [acme.get("/tasks") for _ in range(3)]

    assert {answer.status_code for answer in answers} == {503}
    assert {answer.json()["code"] for answer in answers} == {"unavailable"}


def test_without_mongodb_redis_answers_for_those_whom_it_knows(
    acme: Api, rival: Api, request: pytest.FixtureRequest
) -> None:
    assert acme.get("/tasks").status_code == 200
    request.getfixturevalue("mongo_refused")
    known, unknown = acme.get("/tasks"), rival.get("/tasks")
    assert [answer.status_code for answer in (known, unknown)] == [503, 503]
    assert ["RateLimit" in answer.headers for answer in (known, unknown)] == [True, False]  # the view failed, the gate

    shown = credential_of(acme.token)
    gate.current().project([Change(Level.CREDENTIAL, shown.credential_id, company_id=shown.company_id)])
    assert acme.get("/tasks").status_code == 401
    assert not gate.current().circuit.is_open


def test_a_suspended_companys_people_are_out_at_once_and_go_on_with_their_sessions_when_it_does(
    acme: Api, rival: Api
) -> None:
    acme.get("/me")
    standing.suspend("acme")
    assert [acme.get("/me").status_code for _ in range(3)] == [401] * 3
    assert Api().post("/auth/refresh", {"refresh_token": acme.refresh_token}).status_code == 403
    standing.resume("acme")
    again = Api().post("/auth/refresh", {"refresh_token": acme.refresh_token}).json()

    assert Api(again["access_token"]).get("/me").status_code == rival.get("/me").status_code == 200


def test_a_request_gives_its_place_back(acme: Api) -> None:
    for _ in range(50):  # twice as many as may be there at a time
        assert acme.get("/me").status_code == 200

    assert gate.current().leases.in_flight(acme.company["id"]) == 0
