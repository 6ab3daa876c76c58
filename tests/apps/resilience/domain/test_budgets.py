"""How much time a request has."""

from __future__ import annotations

import pytest

from apps.resilience.domain import budgets
from novapulse.errors import Invalid


@pytest.mark.parametrize(
    ("asked", "seconds"), [(None, 30), ("1", 0.001), ("300", 0.3), ("30000", 30), ("60000", 30), ("999999999", 30)]
)
def test_a_client_can_shorten_the_budget_and_never_extend_it(asked: str | None, seconds: float) -> None:
    assert budgets.seconds(asked, longest=30) == seconds


@pytest.mark.parametrize(
    "asked", ["", "0", "-1", "+5", "1.5", "1e3", "NaN", "inf", " 5", "5 ", "007", "٣٠٠", "1" * 10, "300ms", "5\n"]
)
def test_anything_that_is_no_whole_number_of_milliseconds_is_refused_by_the_name_of_the_header(asked: str) -> None:
    with pytest.raises(Invalid) as raised:
        budgets.seconds(asked, longest=30)

    assert raised.value.fields[0].pointer == "X-Request-Timeout-Ms"
