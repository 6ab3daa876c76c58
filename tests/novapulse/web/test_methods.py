"""Methods that somebody has made up are all the same to us."""

from __future__ import annotations

import pytest

from novapulse.web import methods


@pytest.mark.parametrize(
    ("method", "told"), [("GET", "GET"), ("PATCH", "PATCH"), ("get", "_OTHER"), ("S3CR3T", "_OTHER"), (None, "_OTHER")]
)
def test_only_known_methods_are_told_of(method: str | None, told: str) -> None:
    assert methods.told(method) == told
