"""What is counted is written down."""

from __future__ import annotations

from typing import Any

import pytest

from novapulse.telemetry import catalogue, drops
from novapulse.telemetry.catalogue import Kind, Metric, Unknown


def test_a_name_means_one_thing(registered: Any) -> None:
    metric = Metric("test.things", Kind.COUNTER, "{thing}", "Things.")
    registered(metric, metric)

    assert catalogue.metrics() == [metric]
    with pytest.raises(ValueError, match=r"two metrics test\.things"):
        registered(Metric("test.things", Kind.GAUGE, "{thing}", "Others."))


def test_a_name_that_nobody_has_written_down_raises_under_test(registered: Any) -> None:
    registered(Metric("test.things", Kind.COUNTER, "{thing}", "Things."))

    assert catalogue.metric("test.things", kind=Kind.COUNTER) is not None
    for name, kind in (("test.others", Kind.COUNTER), ("test.things", Kind.GAUGE)):
        with pytest.raises(Unknown):
            catalogue.metric(name, kind=kind)


@pytest.mark.usefixtures("lenient")
def test_in_production_it_is_dropped_and_counted() -> None:
    before = drops.counted().get("metrics", 0)

    assert catalogue.metric("test.others", kind=Kind.COUNTER) is None
    assert drops.counted()["metrics"] == before + 1
