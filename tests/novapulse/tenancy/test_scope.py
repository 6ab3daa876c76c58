from __future__ import annotations

import threading

import pytest
from bson import ObjectId

from novapulse.tenancy.scope import (
    Scope,
    ScopeMissing,
    ScopeViolation,
    across_tenants,
    active,
    company,
    current,
    goes_across,
)

ONE, TWO = ObjectId(), ObjectId()


def test_current_raises_when_no_company_is_bound() -> None:
    with pytest.raises(ScopeMissing):
        current()
    assert active() is None


def test_company_is_bound_inside_the_block_and_gone_after_it() -> None:
    with company(ONE, location="DE") as scope:
        assert current() == active() == scope == Scope(ONE, "DE")
    assert active() is None


def test_company_is_unbound_when_the_work_fails() -> None:
    with pytest.raises(LookupError), company(ONE, location="DE"):
        raise LookupError
    assert active() is None


def test_another_company_is_refused_inside_a_company() -> None:
    with company(ONE, location="DE"), pytest.raises(ScopeViolation), company(TWO, location="DE"):
        pass


def test_another_location_is_refused_inside_a_company() -> None:
    with company(ONE, location="DE"), pytest.raises(ScopeViolation), company(ONE, location="FR"):
        pass


def test_the_same_company_may_be_bound_again() -> None:
    with company(ONE, location="DE"):
        with company(ONE, location="DE") as again:
            assert current() == again
        assert current() == again


def test_across_tenants_has_no_single_company() -> None:
    with across_tenants("a sweep over all companies"):
        assert goes_across()
        assert active() is None
        with pytest.raises(ScopeMissing, match="a sweep over all companies"):
            current()
    assert not goes_across()


def test_a_sweeper_binds_each_company_inside_across_tenants() -> None:
    with across_tenants("sweep"):
        for company_id in (ONE, TWO):
            with company(company_id, location="DE"):
                assert current().company_id == company_id
        assert goes_across()


def test_across_tenants_is_refused_inside_a_company() -> None:
    with company(ONE, location="DE"), pytest.raises(ScopeViolation), across_tenants("widen my view"):
        pass


def test_across_tenants_stays_refused_inside_a_company_that_a_sweeper_bound() -> None:
    with (
        across_tenants("sweep"),
        company(ONE, location="DE"),
        pytest.raises(ScopeViolation),
        across_tenants("widen again"),
    ):
        pass


@pytest.mark.parametrize("reason", ["", "   "])
def test_across_tenants_wants_a_reason(reason: str) -> None:
    with pytest.raises(ScopeViolation), across_tenants(reason):
        pass


@pytest.mark.parametrize("location", ["", "de", "DEU", "D1", "ÄÖ", "DE\n", None])
def test_a_location_is_two_capital_letters(location: str) -> None:
    with pytest.raises(ScopeViolation), company(ONE, location=location):
        pass


@pytest.mark.parametrize("company_id", ["5f" * 12, None, {"$ne": None}])
def test_a_company_is_named_by_its_object_id(company_id: ObjectId) -> None:
    with pytest.raises(ScopeViolation), company(company_id, location="DE"):
        pass


def test_a_new_thread_starts_without_a_company() -> None:
    seen: list[Scope | None] = []
    with company(ONE, location="DE"):
        thread = threading.Thread(target=lambda: seen.append(active()))
        thread.start()
        thread.join()
    assert seen == [None]
