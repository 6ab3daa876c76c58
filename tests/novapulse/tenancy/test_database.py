from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bson import DBRef
from pymongo import ReadPreference

from novapulse.tenancy.collection import ScopedCollection
from novapulse.tenancy.database import ScopedDatabase
from novapulse.tenancy.platform_collection import PlatformCollection
from novapulse.tenancy.scope import ScopeViolation, across_tenants
from tests.novapulse.tenancy.probes.world import ALPHA, BRAVO

if TYPE_CHECKING:
    from novapulse.tenancy.scope import Scope
    from tests.novapulse.tenancy.probes.world import World


@pytest.mark.parametrize(
    "command", ["ping", "hello", "buildInfo", "serverStatus", "connectionStatus", "replSetGetStatus"]
)
def test_a_command_that_tells_of_the_server_only_works_with_and_without_a_company(
    command: str, world: World, alpha: Scope
) -> None:
    assert world.client.admin.command(command)["ok"] == 1
    assert world.client.server_info()["ok"] == 1


@pytest.mark.parametrize("command", ["find", "listCollections", "fsync", "shutdown", "unheardOf"])
def test_any_other_command_is_refused_without_a_company_too(command: str, world: World) -> None:
    for form in (command, {command: 1, "ping": 1}):
        with pytest.raises(ScopeViolation):
            world.db.command(form)


def test_a_command_works_across_tenants(settled: World) -> None:
    with across_tenants("a test of platform work"):
        assert settled.db.command("count", "tasks")["n"] == 2
        assert settled.db.validate_collection("tasks")["nrecords"] == 2


def test_every_road_to_a_collection_ends_at_a_closed_one(world: World) -> None:
    database = world.db.with_options()
    tasks = [
        database["tasks"],
        database.tasks,
        database.get_collection("tasks"),
        database["identities.archive"],
        database["a"]["b"],
    ]

    assert isinstance(database, ScopedDatabase)
    assert {type(each) for each in tasks} == {ScopedCollection}
    assert type(database["identities"]) is PlatformCollection


def test_every_collection_is_read_from_the_primary_unless_it_is_asked_for_otherwise(world: World) -> None:
    database = world.db.with_options(read_preference=ReadPreference.SECONDARY)
    collections = [database["tasks"], database.tasks, database.get_collection("tasks"), database["identities"]]
    asked = database.get_collection("tasks", read_preference=ReadPreference.NEAREST)

    assert all(each.read_preference == ReadPreference.PRIMARY for each in collections)
    assert asked.read_preference == ReadPreference.NEAREST


def test_the_server_s_databases_have_no_platform_collections(world: World) -> None:
    assert type(world.client["admin"]["identities"]) is ScopedCollection


def test_a_created_collection_is_closed(settled: World) -> None:
    with across_tenants("a test of platform work"):
        created = settled.db.create_collection("made")
        settled.db.drop_collection("made")
    assert type(created) is ScopedCollection


def test_dereference_finds_the_company_s_own_document_only(settled: World, alpha: Scope) -> None:
    own = settled.db.dereference(DBRef("tasks", ALPHA.task_id))

    assert own is not None
    assert own["_id"] == ALPHA.task_id
    assert settled.db.dereference(DBRef("tasks", BRAVO.task_id)) is None
