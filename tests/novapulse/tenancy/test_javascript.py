from __future__ import annotations

from typing import Any

import pytest

from novapulse.tenancy.javascript import refuse_javascript
from novapulse.tenancy.scope import ScopeViolation


@pytest.mark.parametrize("operator", ["$where", "$function", "$accumulator", "$_internalJsEmit"])
def test_an_operator_that_runs_code_is_refused(operator: str) -> None:
    with pytest.raises(ScopeViolation):
        refuse_javascript([{"a": ({operator: "1"},)}])


def test_code_is_found_below_a_hundred_thousand_levels() -> None:
    deep: Any = {"$where": "1"}
    for _ in range(100_000):
        deep = {"a": [deep]}

    with pytest.raises(ScopeViolation):
        refuse_javascript(deep)


def test_text_that_only_speaks_of_code_passes() -> None:
    refuse_javascript({"title": {"$eq": "$where is $function?"}}, None, 5, "$where")
