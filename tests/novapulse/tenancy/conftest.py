"""Two clients on one database: the scoped one, and a plain one that sees everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from pymongo import MongoClient

from novapulse.tenancy import document, guard
from novapulse.tenancy.client import ScopedMongoClient
from novapulse.tenancy.scope import company
from tests.novapulse.tenancy.probes import documents
from tests.novapulse.tenancy.probes.world import ALPHA, BRAVO, OTHER_DATABASE_SUFFIX, PLATFORM, World, settle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from novapulse.tenancy.scope import Scope


def _probed(database: str) -> str:
    """Name a database beside the worker's own, for probes that drop it."""
    return f"{database}_probes"


def _uri(uri: str, database: str) -> str:
    return urlsplit(uri)._replace(path=f"/{database}").geturl()


@pytest.fixture(scope="session")
def plain(mongo_uri: str, mongo_database: str) -> Iterator[MongoClient[dict[str, Any]]]:
    """Give a client that knows nothing of companies."""
    name = _probed(mongo_database)
    with MongoClient[dict[str, Any]](_uri(mongo_uri, name), w=1, tz_aware=True) as client:
        yield client
        for each in (name, name + OTHER_DATABASE_SUFFIX):
            client.drop_database(each)


@pytest.fixture(scope="session")
def scoped(mongo_uri: str, mongo_database: str) -> Iterator[ScopedMongoClient[dict[str, Any]]]:
    """Give a client that obeys the scope, with a guard that listens to it."""
    listeners = [guard.TenancyGuard(PLATFORM)]
    options = {"w": "majority", "tz_aware": True, "event_listeners": listeners, "platform_collections": PLATFORM}
    with ScopedMongoClient[dict[str, Any]](_uri(mongo_uri, _probed(mongo_database)), **options) as client:
        yield client


@pytest.fixture
def world(
    scoped: ScopedMongoClient[dict[str, Any]], plain: MongoClient[dict[str, Any]], mongo_database: str
) -> Iterator[World]:
    """Give the scoped world; afterwards the guard must have seen nothing."""
    name = _probed(mongo_database)
    before = document._Source.factory
    document.use_database(lambda: scoped[name])
    guard.reset()
    yield World(client=scoped, name=name, documents=documents.SCOPED, plain=plain)
    document._Source.factory = before
    assert guard.violations() == 0, guard.latest()


@pytest.fixture
def open_world(plain: MongoClient[dict[str, Any]], mongo_database: str) -> World:
    """Give the same world without a scope: the positive control."""
    name = _probed(mongo_database)
    documents.Bare.database = lambda: plain[name]
    return World(client=plain, name=name, documents=documents.BARE, plain=plain)


@pytest.fixture
def settled(world: World) -> World:
    """Give the scoped world with Alpha and Bravo in it."""
    settle(world, tenants=(ALPHA, BRAVO))
    return world


@pytest.fixture
def alpha() -> Iterator[Scope]:
    """Bind Alpha."""
    with company(ALPHA.company_id, location=ALPHA.location) as scope:
        yield scope
