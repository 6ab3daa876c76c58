"""Outside of AWS Lambda lines say nothing of it; inside, the first invocation is the cold one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from novapulse.log import aws_lambda

if TYPE_CHECKING:
    import pytest


def test_only_the_first_invocation_is_cold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_lambda, "_under_way", aws_lambda._Invocation())
    given = SimpleNamespace(function_name="worker", aws_request_id="1", get_remaining_time_in_millis=lambda: 1)
    assert aws_lambda.fields() == {}

    aws_lambda.begin(given)
    assert aws_lambda.fields()["is_cold_start"] is True
    aws_lambda.begin(given)
    assert aws_lambda.fields()["is_cold_start"] is False
