"""Declared indexes against those that are there, on a real MongoDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from apps.operations.domain import indexes
from apps.operations.domain.declarations import declared_indexes
from apps.operations.enums import IndexState
from config.apps import scoped_client
from novapulse.data.mongo import MongoOptions, MongoProvider
from novapulse.errors import Unavailable
from novapulse.tenancy import document

if TYPE_CHECKING:
    from pymongo.database import Database


def test_everything_is_missing_in_a_bare_database(bare_database: Database[dict[str, Any]]) -> None:
    plan = indexes.plan()

    assert plan.is_pending
    assert [(each.state, each.collection, each.name) for each in plan.differences] == sorted(
        (IndexState.MISSING, index.collection, index.name) for index in declared_indexes()
    )


def test_nothing_is_left_to_do_once_the_plan_was_applied(bare_database: Database[dict[str, Any]]) -> None:
    first = indexes.plan()
    indexes.apply(first)
    second = indexes.plan()

    assert not second.is_pending
    assert second.differences == ()
    assert set(bare_database.list_collection_names()) == set(first.missing_collections)


def test_progress_is_told_after_each_index(bare_database: Database[dict[str, Any]]) -> None:
    built: list[str] = []
    indexes.apply(indexes.plan(), done=lambda index: built.append(index.name))

    assert built == [index.name for index in declared_indexes()]


def test_unique_index_is_built_as_unique(bare_database: Database[dict[str, Any]]) -> None:
    indexes.apply(indexes.plan())

    assert bare_database["companies"].index_information()["slug_1"]["unique"] is True


def test_changed_and_extra_indexes_are_told_and_left_alone(bare_database: Database[dict[str, Any]]) -> None:
    bare_database["companies"].create_index("slug", unique=False)
    bare_database["companies"].create_index("country")
    indexes.apply(indexes.plan())
    left = indexes.plan()

    assert [(each.state, each.name) for each in left.differences] == [
        (IndexState.EXTRA, "country_1"),
        (IndexState.CHANGED, "slug_1"),
    ]
    assert "unique" not in bare_database["companies"].index_information()["slug_1"]


def test_collection_without_an_index_is_created_as_well(bare_database: Database[dict[str, Any]]) -> None:
    indexes.apply(indexes.Plan(differences=(), missing_collections=("companies",), to_build=()))

    assert bare_database.list_collection_names() == ["companies"]


def test_collection_that_another_process_was_first_to_create_is_no_trouble(
    bare_database: Database[dict[str, Any]],
) -> None:
    plan = indexes.plan()
    bare_database.create_collection("companies")
    indexes.apply(plan)

    assert indexes.plan().differences == ()


def test_build_that_takes_longer_than_the_socket_timeout_is_waited_for(
    bare_database: Database[dict[str, Any]], mongo_uri: str
) -> None:
    impatient = MongoProvider(MongoOptions(uri=mongo_uri, socket_ms=200), client_class=scoped_client)
    document.use_database(lambda: impatient.client()[bare_database.name])
    slow = {"failCommands": ["createIndexes"], "blockConnection": True, "blockTimeMS": 500}
    bare_database.client.admin.command("configureFailPoint", "failCommand", mode={"times": 1}, data=slow)
    indexes.apply(indexes.plan())

    assert not indexes.plan().is_pending
    impatient.close()


def test_plan_says_that_the_database_is_away_when_nobody_listens(no_mongodb: None) -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        indexes.plan()
