"""A document of every kind that can be a company's, put where it belongs: for tests of what must not be forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bson import ObjectId

if TYPE_CHECKING:
    from pymongo.database import Database

    from novapulse.tenancy.scope import Scope

# They say what becomes of the company, and are not its data.
OF_THE_PLATFORM = frozenset({"companies", "deletions"})


def plant(database: Database[dict[str, Any]], home: Scope) -> set[str]:
    """Have each collection that may name a company name this one; give the collections' names.

    Where it is named already, that is enough.
    """
    from apps.operations.domain import declarations  # noqa: PLC0415  once the apps are ready
    from novapulse.tenancy import removal  # noqa: PLC0415  as above

    kinds = [each for each in declarations.documents() if removal.names_companies(each)]
    named = {declarations.collection_name(each): each for each in kinds}
    for name in named.keys() - OF_THE_PLATFORM:
        if database[name].find_one({"company_id": {"$in": [home.company_id, str(home.company_id)]}}) is None:
            database[name].insert_one(_seed(named[name], home))
    return set(named) - OF_THE_PLATFORM


def _seed(document: Any, home: Scope) -> dict[str, Any]:
    """Give a document that is the company's and no other one's: what must be unique is."""
    from apps.operations.domain import declarations  # noqa: PLC0415  as above
    from novapulse.tenancy.document import TenantDocument  # noqa: PLC0415  as above

    unique = {
        field: str(ObjectId())
        for index in declarations.declared_indexes()
        if index.document is document and index.options.get("unique")
        for field, _ in index.keys
    }
    if issubclass(document, TenantDocument):
        own: dict[str, Any] = {"company_id": home.company_id, "location": home.location}
    elif document.company_field == "_id":
        own = {"_id": f"company:{home.company_id}"}
    else:
        own = {document.company_field: home.company_id}
    return {"_id": ObjectId(), **unique, **own}
