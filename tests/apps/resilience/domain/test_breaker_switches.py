"""Breakers held by hand, against a real MongoDB."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from apps.resilience.domain import breaker_switches
from apps.resilience.errors import NoSuchBreaker, NotByHand
from novapulse import clock

HOUR = timedelta(hours=1)


def test_what_is_held_is_known_until_its_time_is_over() -> None:
    breaker_switches.hold("redis", state="open", length=HOUR, by="ann")

    held = breaker_switches.switches()["redis"]
    assert (held.state, held.by, held.until - held.at) == ("open", "ann", HOUR)
    with clock.shifted(HOUR):
        assert breaker_switches.switches() == {}


def test_the_latest_word_counts() -> None:
    for state in ("open", "closed"):
        breaker_switches.hold("redis", state=state, length=HOUR, by="ann")

    assert [held.state for held in breaker_switches.switches().values()] == ["closed"]


def test_letting_go_tells_whether_it_was_held() -> None:
    breaker_switches.hold("redis", state="open", length=HOUR, by="ann")

    assert [breaker_switches.release("redis", by="ann") for _ in range(2)] == [True, False]
    assert breaker_switches.switches() == {}


def test_unknown_names_are_refused_with_those_that_there_are() -> None:
    with pytest.raises(NoSuchBreaker, match="there are mongodb, redis, postgresql, sqs"):
        breaker_switches.hold("s3", state="open", length=HOUR, by="ann")
    with pytest.raises(NoSuchBreaker):
        breaker_switches.release("s3", by="ann")


def test_the_breaker_that_processes_hear_through_is_not_opened_by_hand_but_may_be_held_closed() -> None:
    with pytest.raises(NotByHand):
        breaker_switches.hold("mongodb", state="open", length=HOUR, by="ann")

    assert breaker_switches.hold("mongodb", state="closed", length=HOUR, by="ann").state == "closed"


def test_a_process_keeps_one_report_of_each_breaker() -> None:
    for state in ("open", "half-open"):
        breaker_switches.report("redis", process="one:1", state=state)
    breaker_switches.report("redis", process="two:2", state="open")

    assert {(each.process, each.state) for each in breaker_switches.reports()} == {
        ("one:1", "half-open"),
        ("two:2", "open"),
    }


def test_who_has_switched_what_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        breaker_switches.hold("redis", state="open", length=HOUR, by="ann")
        breaker_switches.release("redis", by="bob")

    logged = [record.fields for record in caplog.records if record.message == "resilience.breaker_switched"]  # type: ignore[attr-defined]  # by log.event
    assert [(each["breaker"], each["state"], each["by"]) for each in logged] == [
        ("redis", "open", "ann"),
        ("redis", "reset", "bob"),
    ]
