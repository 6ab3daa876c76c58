from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from novapulse.tenancy.scope import Scope, ScopeViolation
from novapulse.tenancy.updates import check_update

OWN, FOREIGN = ObjectId("6b0000000000000000000001"), ObjectId("6b0000000000000000000002")
SCOPE = Scope(OWN, "DE")

TOUCHING: list[Any] = [
    {"$set": {"company_id": FOREIGN}},
    {"$set": {"company_id.x": None}},
    {"$set": {"location.0": "D"}},
    {"$setOnInsert": {"location": "FR"}},
    {"$unset": {"company_id": ""}},
    {"$rename": {"company_id": "old"}},
    {"$rename": {"old": "company_id"}},
    {"$inc": {"location": 1}},
    {"$currentDate": {"location": True}},
    {"$max": {"company_id": FOREIGN}},
    {"$push": {"company_id": 1}},
    {"$unheardOf": {"company_id": OWN}},
    [{"$set": {"company_id": "$other"}}],
    [{"$addFields": {"location": "$other"}}],
    [{"$unset": "company_id"}],
    [{"$unset": ["title", "location"]}],
    [{"$unset": ("location.x",)}],
]
REBUILDING: list[Any] = [
    [{"$project": {"title": 1}}],
    [{"$replaceRoot": {"newRoot": "$x"}}],
    [{"$replaceWith": "$x"}],
    [{"$set": {"n": 1}}, {"$unheardOf": 1}],
    [{"$set": {"n": {"$function": {}}}}],
]
FAIR: list[Any] = [
    {"$set": {"title": "x", "company_id": OWN, "location": "DE"}},
    {"$setOnInsert": {"company_id": OWN}},
    {"$inc": {"n": 1}, "$unset": {"title": ""}, "$push": {"many": {"$each": [1]}}, "$rename": {"a": "b"}},
    {"$set": {"meta.company_id": FOREIGN}},
    [{"$set": {"n": {"$add": ["$n", 1]}, "company_id": OWN}}, {"$unset": ["title"]}],
]


@pytest.mark.parametrize("update", TOUCHING, ids=str)
def test_an_update_that_touches_the_scope_raises(update: Any) -> None:
    with pytest.raises(ScopeViolation):
        check_update(update, scope=SCOPE)


@pytest.mark.parametrize("update", REBUILDING, ids=str)
def test_a_pipeline_that_rebuilds_the_document_or_runs_code_raises(update: Any) -> None:
    with pytest.raises(ScopeViolation):
        check_update(update, scope=SCOPE)


@pytest.mark.parametrize("update", FAIR, ids=str)
def test_an_update_of_other_fields_passes(update: Any) -> None:
    check_update(update, scope=SCOPE)


def test_a_stage_that_is_no_mapping_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        check_update(["$set"], scope=SCOPE)
