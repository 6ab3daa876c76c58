from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from novapulse.tenancy.filters import narrowed
from novapulse.tenancy.scope import Scope, ScopeViolation

OWN, FOREIGN = ObjectId("6b0000000000000000000001"), ObjectId("6b0000000000000000000002")
SCOPE = Scope(OWN, "DE")
NARROW = {"location": "DE", "company_id": OWN}


def test_the_scope_comes_first_so_that_indexes_serve_it() -> None:
    assert list(narrowed({"state": "open"}, scope=SCOPE)) == ["location", "company_id", "state"]


@pytest.mark.parametrize("same", [{"company_id": OWN}, {"location": "DE"}, {"company_id": {"$eq": OWN}}])
def test_the_scope_s_own_values_may_be_said_again(same: dict[str, Any]) -> None:
    filter_ = narrowed({**same, "n": 1}, scope=SCOPE)

    assert NARROW.items() <= filter_.items()
    assert filter_["n"] == 1


@pytest.mark.parametrize(
    "foreign",
    [
        {"company_id": FOREIGN},
        {"company_id": str(OWN)},
        {"company_id": None},
        {"location": "FR"},
        {"location": {"$eq": "FR"}},
    ],
)
def test_another_company_or_location_raises(foreign: dict[str, Any]) -> None:
    with pytest.raises(ScopeViolation):
        narrowed(foreign, scope=SCOPE)


def test_an_operator_on_a_scope_field_is_anded_to_what_is_there() -> None:
    filter_ = narrowed({"company_id": {"$ne": OWN}, "location": {"$gt": "A"}, "$and": [{"n": 1}]}, scope=SCOPE)

    operators = [{"n": 1}, {"location": {"$gt": "A"}}, {"company_id": {"$ne": OWN}}]
    assert filter_ == {**NARROW, "$and": operators}


def test_the_caller_s_filter_is_left_as_it_was() -> None:
    filter_: dict[str, Any] = {"company_id": {"$ne": OWN}, "$and": [{"n": 1}]}
    narrowed(filter_, scope=SCOPE)

    assert filter_ == {"company_id": {"$ne": OWN}, "$and": [{"n": 1}]}


@pytest.mark.parametrize("key", ["$where", "$query", "$orderby", "$function", "$unheardOf"])
def test_an_operator_that_is_none_of_a_filter_raises(key: str) -> None:
    with pytest.raises(ScopeViolation, match="not allowed in a filter"):
        narrowed({key: {}}, scope=SCOPE)


@pytest.mark.parametrize(
    "filter_",
    [
        {"$or": [{"$where": "1"}]},
        {"$expr": {"$function": {}}},
        {"a": {"$elemMatch": {"$where": "1"}}},
        {"a": [{"$_internalX": 1}]},
    ],
)
def test_code_raises_at_any_depth(filter_: dict[str, Any]) -> None:
    with pytest.raises(ScopeViolation, match="runs code"):
        narrowed(filter_, scope=SCOPE)


@pytest.mark.parametrize("no_filter", [None, [], "x", 5])
def test_what_is_no_mapping_is_a_type_error(no_filter: Any) -> None:
    with pytest.raises(TypeError):
        narrowed(no_filter, scope=SCOPE)
