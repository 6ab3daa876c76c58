from __future__ import annotations

from typing import TYPE_CHECKING

from pymongo.read_preferences import ReadPreference

from novapulse.tenancy.collection import ScopedCollection

if TYPE_CHECKING:
    from tests.novapulse.tenancy.probes.world import World


def test_a_sub_collection_keeps_the_options_of_its_parent(world: World) -> None:
    parent = world.tasks.with_options(read_preference=ReadPreference.SECONDARY)

    assert parent.archive.read_preference == parent["archive"].read_preference == ReadPreference.SECONDARY
    assert parent.archive.name == "tasks.archive"


def test_a_sub_collection_of_a_platform_collection_is_a_tenant_s(world: World) -> None:
    assert type(world.identities.archive) is ScopedCollection
