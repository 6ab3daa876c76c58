"""Reads that may come from a replica."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pymongo import ReadPreference
from pymongo.read_preferences import SecondaryPreferred

from novapulse.data import staleness, transaction
from novapulse.data.mongo import MongoOptions
from novapulse.tenancy.client import ScopedMongoClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.database import Database

REPLICAS = SecondaryPreferred(max_staleness=staleness.LEAST_SECONDS)


@pytest.fixture
def scoped(mongo_uri: str, mongo_database: str) -> Iterator[Database[dict[str, Any]]]:
    """Give the database by a client that prefers replicas where it may; `accounts` is the platform's."""
    options = MongoOptions(mongo_uri, read_preference="secondaryPreferred").as_client_arguments()
    with ScopedMongoClient[dict[str, Any]](**options, platform_collections=frozenset({"accounts"})) as client:
        yield client[mongo_database]


@pytest.mark.parametrize(
    ("seconds", "preference"),
    [(0, ReadPreference.PRIMARY), (89, ReadPreference.PRIMARY), (90, REPLICAS), (10**17, REPLICAS)],
)
def test_a_read_is_relaxed_from_the_least_that_can_be_promised_on(
    scoped: Database[dict[str, Any]], seconds: int, preference: object
) -> None:
    assert staleness.relaxed(scoped["tasks"], max_staleness_seconds=seconds).read_preference == preference


def test_no_read_in_a_transaction_is_relaxed(scoped: Database[dict[str, Any]]) -> None:
    def preference() -> object:
        return staleness.relaxed(scoped["tasks"], max_staleness_seconds=90).read_preference

    assert transaction.run(preference, client=scoped.client) == ReadPreference.PRIMARY
    assert preference() == REPLICAS


def test_no_read_of_the_platform_is_relaxed(scoped: Database[dict[str, Any]]) -> None:
    accounts = staleness.relaxed(scoped["accounts"], max_staleness_seconds=90)

    assert accounts.read_preference == ReadPreference.PRIMARY
