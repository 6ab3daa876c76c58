"""A slow command is logged once, with its plan at times, and nobody waits for that."""

from __future__ import annotations

import logging
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from novapulse.data import slow_queries
from novapulse.data.plans import Planner
from novapulse.data.slow_queries import SlowQueries
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Lines = list[dict[str, Any]]


class Watched:
    """A client whose every command is slow."""

    def __init__(self, uri: str, database: str, *, planner: Any, slow_seconds: float) -> None:
        self.listener = SlowQueries(planner, slow_seconds=slow_seconds)
        self._client: MongoClient[dict[str, Any]] = MongoClient(uri, event_listeners=[self.listener])
        self.fish = self._client[database]["fish"]

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def watch(mongo_uri: str, mongo_database: str) -> Iterator[Any]:
    planner, opened = Planner(mongo_uri, application="tests"), []

    def watch(*, planner: Any = planner, slow_seconds: float = 0.0) -> Watched:
        opened.append(Watched(mongo_uri, mongo_database, planner=planner, slow_seconds=slow_seconds))
        return opened[-1]

    yield watch
    for each in (*opened, planner):
        each.close()


def said(caplog: pytest.LogCaptureFixture) -> Lines:
    return [record.fields for record in caplog.records if record.getMessage() == "mongo.slow_query"]  # type: ignore[attr-defined]  # ours


def test_a_slow_command_is_logged_with_its_plan_and_without_its_values(
    watch: Any, caplog: pytest.LogCaptureFixture
) -> None:
    watch().fish.find_one({"name": "swordfish"})
    wait_until(lambda: said(caplog))
    (line,) = said(caplog)

    assert line.pop("duration_ms") >= 0
    assert line.pop("plan") in {"EOF", "LIMIT < COLLSCAN", "COLLSCAN"}
    assert line == {"collection": "fish", "operation": "find"}
    assert "swordfish" not in caplog.text


def test_of_one_in_five_seconds_the_plan_is_asked_for(
    watch: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert slow_queries._BETWEEN_PLANS_SECONDS == 5
    monkeypatch.setattr(slow_queries, "_BETWEEN_PLANS_SECONDS", 600)  # a busy machine may take long for five commands
    watched = watch()
    for _ in range(5):
        watched.fish.find_one()
    wait_until(lambda: len(said(caplog)) == 5)

    assert sorted("plan" in line for line in said(caplog)) == [False] * 4 + [True]


def test_who_waits_for_the_command_does_not_wait_for_its_plan(watch: Any, caplog: pytest.LogCaptureFixture) -> None:
    is_answered = Event()

    class Slow:
        def plan(self, _question: Mapping[str, Any], *, database: str) -> str:
            assert is_answered.wait(30)
            raise OperationFailure(f"swordfish of {database}")

    watch(planner=Slow()).fish.find_one({"name": "swordfish"})
    assert said(caplog) == []
    is_answered.set()
    wait_until(lambda: said(caplog))

    assert said(caplog)[0]["plan"] == "not known: OperationFailure"


def test_what_is_quick_is_not_logged_and_costs_nothing_worth_a_word(
    watch: Any, caplog: pytest.LogCaptureFixture
) -> None:
    watched = watch(slow_seconds=60)
    watched.fish.find_one()

    assert said(caplog) == []
    assert watched.listener._under_way.command is None


def test_a_slow_command_that_fails_is_logged_too(watch: Any, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(OperationFailure):
        watch().fish.find_one({"$no": 1})

    assert [(line["operation"], "plan" in line) for line in said(caplog)] == [("find", False)]
    assert caplog.records[-1].levelno == logging.WARNING
