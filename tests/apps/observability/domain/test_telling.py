"""Who is told of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.observability.domain import telling
from novapulse.telemetry import drops
from tests.api import Api

if TYPE_CHECKING:
    import pytest

    from apps.observability.domain.finished import Finished


def test_all_are_told_of_a_request_with_its_route_company_and_stores(
    acme: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme.get("/tasks")  # so that the gate knows them
    told: list[Finished] = []
    monkeypatch.setattr(telling, "LISTENERS", (told.append, told.append))
    acme.get("/tasks")

    assert len(told) == 2
    (finished, _) = told
    assert (finished.method, finished.status) == ("GET", 200)
    assert finished.route.endswith("tasks")
    assert finished.trail.company_id is not None
    assert (finished.spent.redis_commands, finished.spent.database_commands) == (1, 1)
    assert finished.seconds > 0


def test_a_path_that_fits_no_route_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Finished] = []
    monkeypatch.setattr(telling, "LISTENERS", (told.append,))
    Api().get("/no/such/path")

    assert [(each.route, each.status) for each in told] == [("", 404)]


def test_one_that_fails_breaks_neither_the_answer_nor_the_others_and_is_counted(
    acme: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_finished: Finished) -> None:
        raise KeyError

    told: list[Finished] = []
    monkeypatch.setattr(telling, "LISTENERS", (fail, told.append))
    before = drops.counted().get("requests", 0)

    assert acme.get("/tasks").status_code == 200
    assert (len(told), drops.counted()["requests"]) == (1, before + 1)
