"""Documents, looked at by their declared references: one crossing of every kind is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.operations.domain import isolation, isolation_documents
from apps.operations.domain.declarations import collection_name, declared_indexes, documents
from apps.operations.domain.isolation import Fault
from apps.operations.domain.pointers import Pointer, pointers
from novapulse.tenancy.scope import across_tenants

if TYPE_CHECKING:
    from pymongo.database import Database

OURS, THEIRS = ObjectId(), ObjectId()
HOMES = {OURS: "DE", THEIRS: "FR"}
KINDS = [each for each in documents() if "company_id" in each._fields and collection_name(each) != "outbox"]


@pytest.fixture
def companies(database: Database[dict[str, Any]]) -> Database[dict[str, Any]]:
    database.companies.insert_many({"_id": id_, "country": country, "slug": str(id_)} for id_, country in HOMES.items())
    return database


def owned(document: Any, company_id: ObjectId) -> dict[str, Any]:
    """Give a document with nothing in it but whose it is, and values of its own where an index wants that."""
    is_text = type(document._fields["company_id"]).__name__ == "StringField"
    location = {"location": HOMES[company_id]} if "location" in document._fields else {}
    unique = {
        field: str(ObjectId())
        for index in declared_indexes()
        if index.document is document and index.options.get("unique")
        for field, _ in index.keys
    }
    own = {"_id": ObjectId(), "company_id": str(company_id) if is_text else company_id}
    return {**unique, **own, **location}


def theirs(collection: str) -> dict[str, Any]:
    """Give a document that no reference of ours may lead to."""
    document = next(each for each in documents() if collection_name(each) == collection)
    return owned(document, THEIRS)


def put(stored: dict[str, Any], path: str, value: Any) -> None:
    name, _, rest = path.partition(".")
    if rest:
        put(stored.setdefault(name, {}), rest, value)
    else:
        stored[name] = value


def naming(document: Any, pointer: Pointer, named: object) -> dict[str, Any]:
    """Give a document of ours that names something by one of its references."""
    stored = owned(document, OURS)
    if pointer.only is not None:
        put(stored, *pointer.only)
    put(stored, pointer.path, named)
    return stored


def insert(database: Database[dict[str, Any]], planted: list[tuple[str, dict[str, Any]]]) -> None:
    for name in {name for name, _ in planted}:
        database[name].insert_many([stored for each, stored in planted if each == name])


def look(company_id: ObjectId | None = None) -> isolation.Report:
    with across_tenants("a test"):
        return isolation.look(isolation_documents.sources(company_id), seen=lambda _kind, _count: None)


def test_one_crossing_of_every_reference_that_is_declared_is_found(companies: Database[dict[str, Any]]) -> None:
    planted, wanted = [], set()
    for document in KINDS:
        for pointer in pointers(document):
            for collection in set(pointer.collections) - {"identities"}:  # people are of no company
                other = {"_id": THEIRS} if collection == "companies" else theirs(collection)
                planted += [] if collection == "companies" else [(collection, other)]
                planted.append((collection_name(document), naming(document, pointer, other["_id"])))
                wanted.add((collection_name(document), pointer.path, str(other["_id"])))
    insert(companies, planted)

    assert len(wanted) > 40
    for only in (None, OURS):
        found = {(each.kind, each.path, each.named) for each in look(only).findings if each.fault is Fault.FOREIGN}
        assert wanted - found == set()


def test_documents_of_no_company_of_one_that_is_not_there_or_elsewhere_are_found(
    companies: Database[dict[str, Any]],
) -> None:
    planted, wanted = [], set()
    for document in KINDS:
        name, fields = collection_name(document), document._fields
        nobodys, lost, astray = (
            {**owned(document, OURS), **each}
            for each in ({"company_id": None}, {"company_id": ObjectId()}, {"location": "FR"})
        )
        planted += [(name, nobodys), (name, lost), (name, astray)]
        wanted |= {(name, str(nobodys["_id"]), Fault.NO_COMPANY)} if fields["company_id"].required else set()
        wanted |= {(name, str(lost["_id"]), Fault.UNKNOWN_COMPANY)}
        wanted |= {(name, str(astray["_id"]), Fault.LOCATION)} if "location" in fields else set()
    insert(companies, planted)
    of_the_company = [each for each in look().findings if each.path == "company_id"]

    assert {(each.kind, each.id, each.fault) for each in of_the_company} == wanted


def test_a_document_that_names_nobody_where_somebody_must_be_is_found(companies: Database[dict[str, Any]]) -> None:
    own = {"company_id": OURS, "location": "DE"}
    companies.comments.insert_one({**own, "task_id": {"$ne": None}, "author_id": ObjectId()})

    assert {(each.path, each.fault) for each in look(OURS).findings} == {
        ("task_id", Fault.NOTHING),
        ("author_id", Fault.NOTHING),
    }


def test_of_one_company_nothing_of_another_is_looked_at(companies: Database[dict[str, Any]]) -> None:
    companies.tasks.insert_many([{"company_id": each, "location": HOMES[each], "number": 1} for each in HOMES])

    assert look(OURS).looked_at["tasks"] == 1
    assert look().looked_at["tasks"] == 2


def test_what_names_a_company_in_a_collection_that_nobody_declares_is_looked_at(
    companies: Database[dict[str, Any]],
) -> None:
    stranger = companies.tasks.insert_one({"company_id": THEIRS, "location": "FR", "number": 1}).inserted_id
    companies.left_behind.insert_many(
        [
            {"company_id": OURS, "location": "DE", "seen": [{"task": str(stranger)}]},
            {"company_id": ObjectId()},
            {"task": stranger},  # of no company
        ]
    )
    try:
        found = {(each.kind, each.path, each.fault) for each in look().findings}
        ours = look(OURS)
    finally:
        companies.left_behind.drop()

    crossing = ("left_behind", "seen", Fault.FOREIGN)
    assert found == {crossing, ("left_behind", "company_id", Fault.UNKNOWN_COMPANY)}
    assert ([each.path for each in ours.findings], ours.looked_at["left_behind"]) == (["seen"], 1)


def test_collections_are_walked_on_indexes(companies: Database[dict[str, Any]]) -> None:
    companies.tasks.insert_many([{"company_id": OURS, "location": "DE", "number": number} for number in range(30)])
    companies.command("profile", 2)
    try:
        look(OURS), look()
    finally:
        companies.command("profile", 0)
    ours = {"ns": {"$ne": f"{companies.name}.system.profile"}, "planSummary": {"$exists": True}}
    plans = {each["planSummary"] for each in companies.system.profile.find(ours)}
    companies.system.profile.drop()

    assert any("IXSCAN" in plan for plan in plans)
    assert [plan for plan in plans if "COLLSCAN" in plan] == []
