"""Service levels."""

import pytest

from apps.operations.domain import slos
from apps.operations.domain.slos import SLOS, Slo


@pytest.mark.parametrize("slo", SLOS, ids=lambda slo: slo.name)
def test_each_level_is_measured_by_a_histogram_of_the_catalogue_and_leaves_a_budget(slo: Slo) -> None:
    metric = slos.histogram(slo.metric)

    assert slo.bad is None or (slo.bad[0] in metric.dimensions)
    assert slo.bad is not None or metric.good is not None
    assert 0 < slo.budget <= 0.01
    assert "[1h]" in slo.errors("1h")


def test_a_level_of_a_metric_that_there_is_not_raises() -> None:
    with pytest.raises(LookupError, match=r"no histogram test\.unknown"):
        Slo("test", "Test.", 0.9, "test.unknown").errors("1h")
    with pytest.raises(LookupError, match="does not say what is good"):
        Slo("test", "Test.", 0.9, "db.client.operation.duration").errors("1h")


def test_no_budget_burns_faster_than_there_is() -> None:
    assert all(burn.rate * slo.budget < 1 for slo in SLOS for burn in slos.BURNS)
