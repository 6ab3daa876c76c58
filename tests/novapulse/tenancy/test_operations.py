from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId
from pymongo import DeleteMany, DeleteOne, InsertOne, ReplaceOne, UpdateMany, UpdateOne

from novapulse.tenancy.operations import scoped_operation
from novapulse.tenancy.scope import Scope, ScopeViolation

OWN = ObjectId("6b0000000000000000000001")
SCOPE = Scope(OWN, "DE")
NARROW = {"location": "DE", "company_id": OWN}
MARK = {"$set": {"n": 1}}


class Disguised(InsertOne[Any]):
    """An operation that could do anything."""


@pytest.mark.parametrize(
    "operation",
    [
        UpdateOne({"n": 1}, MARK),
        UpdateMany({"n": 1}, MARK),
        ReplaceOne({"n": 1}, {}),
        DeleteOne({"n": 1}),
        DeleteMany({"n": 1}),
    ],
)
def test_a_filter_is_narrowed_in_a_copy(operation: Any) -> None:
    scoped = scoped_operation(operation, scope=SCOPE)

    assert scoped._filter == {**NARROW, "n": 1}
    assert operation._filter == {"n": 1}


@pytest.mark.parametrize("operation", [InsertOne({"n": 1}), ReplaceOne({}, {"n": 1})])
def test_a_document_is_stamped(operation: Any) -> None:
    assert scoped_operation(operation, scope=SCOPE)._doc == {**NARROW, "n": 1}


@pytest.mark.parametrize(
    "operation",
    [
        InsertOne({"company_id": 1}),
        ReplaceOne({}, {"location": "FR"}),
        UpdateOne({"company_id": 1}, MARK),
        UpdateMany({}, {"$set": {"company_id": 1}}),
        UpdateOne({}, [{"$replaceWith": "$x"}]),
        UpdateOne({}, MARK, array_filters=[{"a": {"$where": "1"}}]),
        DeleteMany({"company_id": 1}),
        Disguised({}),
        object(),
    ],
    ids=lambda operation: type(operation).__name__,
)
def test_an_operation_on_another_company_s_data_raises(operation: Any) -> None:
    with pytest.raises(ScopeViolation):
        scoped_operation(operation, scope=SCOPE)


def test_across_tenants_only_documents_are_looked_at() -> None:
    assert scoped_operation(DeleteMany({"n": 1}), scope=None)._filter == {"n": 1}
    with pytest.raises(ScopeViolation):
        scoped_operation(InsertOne({"n": 1}), scope=None)
