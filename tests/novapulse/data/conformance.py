"""What every provider must do, whatever stands behind it: a test module inherits this and gives the two fixtures.

provider: one whose dependency is there, not yet connected. lost: one whose dependency is not.
"""

from __future__ import annotations

from typing import Any

import pytest
from pybreaker import CircuitBreakerError

from novapulse.errors import TimedOut, Trouble, Unavailable
from novapulse.resilience.breaker import CircuitOpen
from tests.faults import quickest_seconds_of

MOST_TRIES = 5  # as many failures in a row open every breaker
AT_ONCE_SECONDS = 0.1


class Conformance:
    """The tests of a provider."""

    def test_it_connects_at_first_use(self, provider: Any) -> None:
        assert provider.pool()["open"] == 0
        assert provider.client() is provider.client()
        provider.ping()

        assert provider.pool()["open"] >= 1

    def test_health_tells_name_latency_pool_and_breaker(self, provider: Any) -> None:
        health = provider.health()

        assert (health.name, health.ok, health.state) == (provider.name, True, "closed")
        assert health.latency_ms > 0
        assert set(health.pool) == {"open", "in_use", "max"}
        assert 0 <= health.pool["in_use"] <= health.pool["open"] <= health.pool["max"]

    def test_a_closed_provider_connects_afresh(self, provider: Any) -> None:
        provider.ping()
        before = provider.client()
        provider.close()

        assert provider.health().ok
        assert provider.client() is not before

    def test_a_dependency_that_is_away_is_an_answer_in_health_and_trouble_elsewhere(self, lost: Any) -> None:
        assert not lost.health().ok
        with pytest.raises((Unavailable, TimedOut)):
            lost.ping()

    def test_it_is_left_alone_once_it_has_been_away_a_few_times(self, lost: Any) -> None:
        for _ in range(MOST_TRIES):
            lost.health()

        assert lost.health().state == "open"
        assert quickest_seconds_of(lost.health) < AT_ONCE_SECONDS
        with pytest.raises(Trouble) as refused:
            lost.ping()
        assert isinstance(refused.value, CircuitOpen) or isinstance(_first_cause(refused.value), CircuitBreakerError)

    def test_probes_close_the_breaker_when_it_is_there(self, provider: Any) -> None:
        provider.breaker.half_open()
        for _ in range(MOST_TRIES):
            provider.ping()

        assert provider.breaker.current_state == "closed"


def _first_cause(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error
