"""What every provider promises."""

import pytest

from novapulse.data.provider import Provider
from novapulse.errors import TimedOut, Unavailable
from novapulse.resilience.breaker import Breaker, CircuitOpen


class Dictionary(Provider[dict[str, str]]):
    """The smallest store."""

    name = "dictionary"

    def __init__(self, trouble: Exception | None = None) -> None:
        self.trouble = trouble
        self.breaker = Breaker(self.name)

    def client(self) -> dict[str, str]:
        return {}

    def ping(self) -> None:
        if self.trouble is not None:
            raise self.trouble

    def pool(self) -> dict[str, int]:
        return {"open": 1, "in_use": 0, "max": 2}

    def close(self) -> None:
        """Nothing to close."""


def test_a_store_that_answers_is_well_and_its_latency_is_known() -> None:
    health = Dictionary().health()

    assert health.ok
    assert health.name == "dictionary"
    assert 0 <= health.latency_ms < 10_000
    assert health.pool == {"open": 1, "in_use": 0, "max": 2}


@pytest.mark.parametrize("trouble", [Unavailable("It is away."), TimedOut("It is slow.")])
def test_a_store_that_is_away_is_an_answer_and_no_exception(trouble: Exception) -> None:
    health = Dictionary(trouble).health()

    assert not health.ok
    assert health.detail == str(trouble)
    assert health.pool["max"] == 2


def test_a_mistake_in_a_provider_is_not_taken_for_a_store_that_is_away() -> None:
    with pytest.raises(ZeroDivisionError):
        Dictionary(ZeroDivisionError()).health()


def test_health_tells_how_the_breaker_stands() -> None:
    store = Dictionary()
    store.breaker.open()

    assert store.health().state == "open"


def test_a_store_that_is_not_asked_since_its_breaker_is_open_says_so() -> None:
    assert "its breaker is open" in Dictionary(CircuitOpen("dictionary", seconds=1)).health().detail
