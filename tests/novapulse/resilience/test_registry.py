"""The breakers of a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from novapulse.resilience import registry
from novapulse.resilience.breaker import Breaker

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "_breakers", {})
    return


def test_a_breaker_is_found_by_its_name_and_the_latest_of_a_name_counts() -> None:
    old, new, other = Breaker("s3"), Breaker("s3"), Breaker("sqs")
    for each in (old, new, other):
        registry.register(each)

    assert registry.breaker("s3") is new
    assert registry.breakers() == (new, other)


def test_who_asks_for_an_unknown_one_hears_which_there_are() -> None:
    registry.register(Breaker("s3"))

    with pytest.raises(LookupError, match="no breaker 's4'; there are s3"):
        registry.breaker("s4")
