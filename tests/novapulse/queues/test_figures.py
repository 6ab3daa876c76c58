"""What is counted is written once, summed over processes, and never stands in anybody's way."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
from pymongo import MongoClient

from novapulse import clock
from novapulse.queues import figures
from novapulse.queues.figures import Counted, Figure
from novapulse.telemetry import meter
from novapulse.tenancy import document
from tests.faults import refusing_port

pytestmark = pytest.mark.usefixtures("database")


def test_what_was_counted_is_summed_by_queue_and_written_once() -> None:
    for _ in range(2):
        figures.count(Figure.RETRIES, queue="default")
        figures.count(Figure.ATTEMPTS, queue="critical", times=3)
        assert figures.flush()
    assert figures.flush()
    found = figures.recent()

    assert {queue: dict(counted.counts) for queue, counted in found.items()} == {
        "default": {"retries": 2},
        "critical": {"attempts": 6},
    }


def test_what_is_counted_is_a_metric_as_well() -> None:
    figures.count(Figure.POISON, queue="test-metrics", times=2)
    figures.dwelt(0.2, queue="test-metrics")
    families = {family.metric.name: family for family in meter.collect()}

    assert families["novapulse.queue.events"].numbers["test-metrics", "poison"] == 2
    assert families["novapulse.queue.dwell"].spreads["test-metrics",].count == 1


def test_quantiles_of_the_dwell_are_a_fifth_too_high_at_most() -> None:
    for milliseconds in range(1, 1_001):
        figures.dwelt(milliseconds / 1000, queue="default")
    figures.flush()
    dwell = figures.recent()["default"]

    for share in (0.5, 0.95, 0.99):
        seconds = dwell.dwell_seconds(share)
        assert seconds is not None
        assert share <= seconds <= share * 1.2


@pytest.mark.parametrize("seconds", [-1.0, 0.0, 10.0**9])
def test_odd_waits_are_counted_as_well(seconds: float) -> None:
    figures.dwelt(seconds, queue="default")

    assert figures._take()["default"].dwell.total() == 1


def test_where_nothing_has_begun_there_is_no_dwell() -> None:
    assert Counted().dwell_seconds(0.5) is None


def test_what_is_older_is_not_recent() -> None:
    figures.count(Figure.RETRIES, queue="default")
    figures.flush()
    with clock.shifted(timedelta(minutes=20)):
        assert figures.recent() == {}
        assert figures.recent(timedelta(hours=1))["default"].counts["retries"] == 1


def test_without_mongodb_nothing_is_lost_and_no_worker_is_held_up(monkeypatch: pytest.MonkeyPatch) -> None:
    figures.count(Figure.POISON, queue="default")
    uri = f"mongodb://127.0.0.1:{refusing_port()}"
    with MongoClient[dict[str, Any]](uri, serverSelectionTimeoutMS=100) as nowhere, monkeypatch.context() as away:
        away.setattr(document._Source, "factory", lambda: nowhere.nowhere)
        assert not figures.flush()
    figures.count(Figure.POISON, queue="default")

    assert figures.flush()
    assert figures.recent()["default"].counts == {"poison": 2}


def test_a_child_of_a_fork_does_not_write_what_its_parent_counted() -> None:
    figures.count(Figure.RETRIES, queue="default")
    child = os.fork()
    if child == 0:
        os._exit(len(figures._take()))

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(figures._take()) == 1
