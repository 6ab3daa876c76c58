from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import DBRef, ObjectId
from mongoengine import (
    DictField,
    EmbeddedDocument,
    EmbeddedDocumentField,
    EmbeddedDocumentListField,
    GenericEmbeddedDocumentField,
    GenericReferenceField,
    IntField,
    ListField,
    MapField,
    ReferenceField,
)
from mongoengine.queryset import transform

from novapulse.tenancy import references
from novapulse.tenancy.document import TenantDocument
from novapulse.tenancy.scope import ScopeViolation
from tests.novapulse.tenancy.probes.documents import ProbedOwner
from tests.novapulse.tenancy.probes.world import ALPHA, BRAVO

if TYPE_CHECKING:
    from novapulse.tenancy.scope import Scope
    from tests.novapulse.tenancy.probes.world import World

ID = ObjectId("6b0000000000000000000001")
FOUND = [("owners", ID)]


class ProbedPart(EmbeddedDocument):
    """A part of a document that points."""

    owner = ReferenceField(ProbedOwner, db_field="o")


class ProbedWeb(TenantDocument):
    """A document with pointers in every kind of field."""

    owner = ReferenceField(ProbedOwner, db_field="own")
    ref = ReferenceField(ProbedOwner, dbref=True)
    generic = GenericReferenceField()
    many = ListField(ReferenceField(ProbedOwner))
    deep = ListField(ListField(ReferenceField(ProbedOwner)))
    named = MapField(ReferenceField(ProbedOwner))
    free = DictField()
    part = EmbeddedDocumentField(ProbedPart)
    parts = EmbeddedDocumentListField(ProbedPart)
    any_part = GenericEmbeddedDocumentField()
    count = IntField()
    meta = {"collection": "webs"}


def _owner() -> Any:
    return ProbedOwner(id=ID)


@pytest.mark.parametrize(
    "fields",
    [
        {"owner": _owner()},
        {"ref": _owner()},
        {"generic": _owner()},
        {"many": [_owner()]},
        {"deep": [[_owner()]]},
        {"named": {"x": _owner()}},
        {"free": {"x": [{"y": DBRef("owners", ID)}]}},
        {"part": ProbedPart(owner=_owner())},
        {"parts": [ProbedPart(owner=_owner())]},
        {"any_part": ProbedPart(owner=_owner())},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_reference_is_found_in_every_kind_of_field(fields: dict[str, Any]) -> None:
    assert list(references.in_document(ProbedWeb, ProbedWeb(**fields).to_mongo())) == FOUND


@pytest.mark.parametrize(
    "update",
    [
        {"set__owner": ID},
        {"set__owner": _owner()},
        {"set_on_insert__owner": ID},
        {"set__generic": _owner()},
        {"set__many": [ID]},
        {"set__many__0": ID},
        {"push__many": ID},
        {"push_all__many": [ID]},
        {"add_to_set__many": [ID]},
        {"set__named__x": ID},
        {"set__part": ProbedPart(owner=ID)},
        {"set__part__owner": ID},
        {"set__parts__S__owner": ID},
        {"push__parts": ProbedPart(owner=ID)},
        {"__raw__": {"$set": {"own": ID}}},
        {"__raw__": {"$push": {"many": {"$each": [ID]}}}},
    ],
    ids=str,
)
def test_a_reference_is_found_in_every_kind_of_update(update: dict[str, Any]) -> None:
    assert list(references.in_update(ProbedWeb, transform.update(ProbedWeb, **update))) == FOUND


@pytest.mark.parametrize(
    "update", [{"inc__count": 1}, {"unset__owner": 1}, {"pull__many": ID}, {"set__owner": None}], ids=str
)
def test_an_update_that_points_nowhere_has_no_reference(update: dict[str, Any]) -> None:
    assert list(references.in_update(ProbedWeb, transform.update(ProbedWeb, **update))) == []


def test_check_lets_own_documents_and_the_platform_s_pass_and_no_others(settled: World, alpha: Scope) -> None:
    database, scope = settled.db, alpha

    references.check([("owners", ALPHA.owner_id)], database=database, scope=scope)
    references.check([("identities", ObjectId())], database=settled.db, scope=scope)
    with pytest.raises(ScopeViolation):
        references.check([("owners", ALPHA.owner_id), ("owners", BRAVO.owner_id)], database=database, scope=scope)
