from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId, encode
from bson.raw_bson import RawBSONDocument

from novapulse.tenancy.scope import Scope, ScopeViolation
from novapulse.tenancy.stamp import stamped

OWN = ObjectId("6b0000000000000000000001")
SCOPE = Scope(OWN, "DE")


def test_a_document_gets_company_and_location() -> None:
    document = {"title": "x"}

    assert stamped(document, scope=SCOPE) is document
    assert document == {"title": "x", "location": "DE", "company_id": OWN}


@pytest.mark.parametrize("foreign", [{"company_id": ObjectId()}, {"company_id": None}, {"location": "FR"}])
def test_a_document_of_another_company_or_location_raises(foreign: dict[str, Any]) -> None:
    with pytest.raises(ScopeViolation):
        stamped(foreign, scope=SCOPE)


@pytest.mark.parametrize("half", [{}, {"company_id": OWN}, {"location": "DE"}, {"company_id": OWN, "location": None}])
def test_across_tenants_a_document_must_name_both_itself(half: dict[str, Any]) -> None:
    with pytest.raises(ScopeViolation):
        stamped(half, scope=None)


def test_raw_bson_raises_since_it_may_hold_a_field_twice() -> None:
    with pytest.raises(ScopeViolation):
        stamped(RawBSONDocument(encode({"company_id": OWN, "location": "DE"})), scope=SCOPE)


def test_what_is_no_mapping_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        stamped([("company_id", OWN)], scope=SCOPE)
