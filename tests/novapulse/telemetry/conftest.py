"""Metrics of the tests' own, beside those of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from novapulse.telemetry import catalogue, meter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from novapulse.telemetry.catalogue import Metric

    Registered = Callable[..., None]


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Write metrics down for the time of a test, with instruments of their own."""
    monkeypatch.setattr(catalogue, "_metrics", {})
    monkeypatch.setattr(meter, "_instruments", {})

    def register(*metrics: Metric) -> None:
        catalogue.register(*metrics)

    return register


@pytest.fixture
def lenient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat the unknown as in production."""
    monkeypatch.setattr(catalogue, "_strict", [])
