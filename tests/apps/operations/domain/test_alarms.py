"""Alarms: on metrics that there are, by labels that they have."""

import pytest
from django.conf import settings

from apps.operations.domain.alarms import ALARMS, Alarm
from novapulse.data import registry as providers
from novapulse.resilience import registry
from novapulse.telemetry.catalogue import Kind


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)
def test_the_metric_of_each_alarm_stands_in_the_catalogue_with_its_labels(alarm: Alarm) -> None:
    metric = alarm.measured()

    assert metric.kind is not Kind.HISTOGRAM
    assert set(alarm.of) <= set(metric.labels)
    assert not metric.dimensions or metric.kind is Kind.COUNTER or set(alarm.of) == set(metric.dimensions)
    assert alarm.title.endswith(".")
    assert alarm.advice.endswith(".")


def test_an_alarm_on_a_metric_that_there_is_not_raises() -> None:
    with pytest.raises(LookupError, match=r"no metric test\.unknown"):
        Alarm("test", "Test.", "test.unknown", above=0, minutes=1, advice="Test.").promql()


@pytest.mark.parametrize("alarm", [alarm for alarm in ALARMS if not alarm.above], ids=lambda alarm: alarm.name)
def test_an_alarm_on_something_that_may_come_once_fires_before_that_is_forgotten(alarm: Alarm) -> None:
    assert alarm.measured().kind is not Kind.COUNTER or alarm.minutes < 5


def test_every_breaker_and_every_queue_has_its_alarm() -> None:
    of = {alarm.name: alarm.of for alarm in ALARMS}

    known = {str(breaker.name) for breaker in registry.breakers()}  # and perhaps those of other tests
    ours = {str(provider.breaker.name) for provider in providers.providers()} | {"sqs-polling"}
    assert set(of["breaker-open"]["breaker"]) == ours <= known
    assert set(of["tasks-old"]["queue"]) == set(of["dead-letters"]["queue"]) == set(settings.QUEUES)
