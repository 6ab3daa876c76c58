"""What is told of a request."""

from __future__ import annotations

import pytest

from apps.observability.domain.finished import Finished
from novapulse import context
from novapulse.resilience.account import Account


def test_it_took_as_long_as_between_its_moments() -> None:
    trail = context.begin_request("request-1")
    finished = Finished("GET", "tasks", 200, 10.0, 10.25, trail, Account(slow_seconds=1))

    assert finished.seconds == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("route", "is_probe"),
    [
        ("health/live", True),
        ("metrics", True),
        ("admin/parts/traffic/", True),
        ("metrics-of-ours", False),
        ("admin/", False),
        ("tasks", False),
    ],
)
def test_who_asks_for_health_metrics_or_figures_is_a_probe(route: str, is_probe: bool) -> None:  # noqa: FBT001  a case of it
    finished = Finished("GET", route, 200, 0.0, 0.1, context.begin_request("request-1"), Account(slow_seconds=1))

    assert finished.is_probe is is_probe
