"""The countries."""

from apps.tenants.countries import COUNTRIES


def test_countries_are_the_249_of_the_standard() -> None:
    assert len(COUNTRIES) == 249


def test_countries_hold_assigned_codes_and_no_reserved_ones() -> None:
    assert {"DE", "FR", "US", "GB", "SS", "XK"} & COUNTRIES == {"DE", "FR", "US", "GB", "SS"}
    assert not {"EU", "UK", "AN", "SU"} & COUNTRIES
