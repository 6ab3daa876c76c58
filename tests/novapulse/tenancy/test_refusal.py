from __future__ import annotations

import pytest
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database

from novapulse.tenancy import client, collection, database, platform_collection
from novapulse.tenancy.refusal import check_command_options, fail_closed
from novapulse.tenancy.scope import ScopeViolation, across_tenants

# What PyMongo offers and nobody but the platform may use. A name that a later PyMongo adds stands in no table: then
# this test fails, and until somebody decides, the method is refused.
REFUSED_OF_A_TENANT_COLLECTION = {
    *("create_index", "create_indexes", "drop", "drop_index", "drop_indexes", "options", "rename", "watch"),
    *(
        "create_search_index",
        "create_search_indexes",
        "drop_search_index",
        "list_search_indexes",
        "update_search_index",
    ),
}
REFUSED_OF_A_DATABASE = {
    *("aggregate", "create_collection", "cursor_command", "drop_collection", "list_collection_names"),
    *("list_collections", "validate_collection", "watch"),
}
REFUSED_OF_A_CLIENT = {"drop_database", "list_database_names", "list_databases", "watch"}
TABLES = [
    (Collection, collection.SCOPED | collection.HARMLESS, REFUSED_OF_A_TENANT_COLLECTION),
    (Collection, platform_collection.CHECKED | platform_collection.FREE, REFUSED_OF_A_TENANT_COLLECTION),
    (Database, database.SCOPED | database.HARMLESS, REFUSED_OF_A_DATABASE),
    (MongoClient, client.SCOPED | client.HARMLESS, REFUSED_OF_A_CLIENT),
]
OURS = {"admitted", "guarded_by", "platform_collections"}


@pytest.mark.parametrize(("parent", "allowed", "refused"), TABLES)
def test_every_public_name_of_pymongo_is_classified(parent: type, allowed: frozenset[str], refused: set[str]) -> None:
    public = {name for name in dir(parent) if not name.startswith("_")}

    assert allowed.isdisjoint(refused)
    assert (allowed | refused) - OURS == public


class OfALaterPyMongo:
    """What a driver might bring one day."""

    def known(self) -> str:
        return "known"

    def steal_everything(self) -> str:
        return "everything"


@fail_closed(allowed=frozenset({"known"}))
class Closed(OfALaterPyMongo):
    """The same, closed."""


def test_a_method_that_nobody_has_thought_about_is_refused() -> None:
    assert Closed().known() == "known"
    with pytest.raises(ScopeViolation):
        Closed().steal_everything()


def test_a_refused_method_works_across_tenants() -> None:
    with across_tenants("the platform may"):
        assert Closed().steal_everything() == "everything"


@pytest.mark.parametrize(
    "name", ["query", "pipeline", "aggregate", "find", "findAndModify", "update", "remove", "fields"]
)
def test_a_keyword_that_would_change_the_command_is_refused(name: str) -> None:
    with pytest.raises(ScopeViolation):
        check_command_options({name: {}})
