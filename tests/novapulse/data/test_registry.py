"""The providers of this process."""

import pytest

from novapulse.data import registry


class Named:
    def __init__(self, name: str) -> None:
        self.name = name
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


@pytest.fixture(autouse=True)
def _empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_providers", {})


def test_providers_are_listed_in_the_order_of_their_registration() -> None:
    first, second = Named("redis"), Named("mongodb")
    registry.register(first)
    registry.register(second)

    assert registry.providers() == (first, second)
    assert registry.provider("mongodb") is second


def test_a_provider_takes_the_place_of_one_with_its_name() -> None:
    registry.register(Named("redis"))
    later = Named("redis")
    registry.register(later)

    assert registry.providers() == (later,)


def test_an_unknown_name_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(LookupError, match="there are none"):
        registry.provider("s3")

    registry.register(Named("redis"))
    with pytest.raises(LookupError, match="'s3'; there are redis"):
        registry.provider("s3")


def test_all_are_closed_together() -> None:
    both = Named("redis"), Named("mongodb")
    for each in both:
        registry.register(each)

    registry.close_all()

    assert [each.closed for each in both] == [1, 1]
