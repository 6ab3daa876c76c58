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
