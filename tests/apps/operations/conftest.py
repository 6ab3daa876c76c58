"""A database of its own, bare, for what builds and compares indexes; stores that are not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from novapulse.data import registry
from novapulse.data.redis import RedisOptions, RedisProvider
from novapulse.data.sqs import SqsOptions, SqsProvider
from novapulse.local.aws import CREDENTIALS, REGION
from novapulse.local.ports import free_port
from novapulse.tenancy import document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.database import Database


@pytest.fixture
def bare_database(plain_database: Database[dict[str, Any]]) -> Iterator[Database[dict[str, Any]]]:
    """Give a database without a single collection, and let the documents live there for the test."""
    bare = plain_database.client[f"{plain_database.name}_bare"]
    usual = registry.provider("mongodb")
    document.use_database(lambda: usual.client()[bare.name])
    yield bare
    document.use_database(usual.database)  # type: ignore[attr-defined]  # the registry knows no more than a provider
    plain_database.client.drop_database(bare.name)


@pytest.fixture
def no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Redis be at a port where nobody listens."""
    provider = RedisProvider(RedisOptions(url=f"redis://127.0.0.1:{free_port()}/0"))
    monkeypatch.setitem(registry._providers, "redis", provider)


@pytest.fixture
def no_sqs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let SQS be at a port where nobody listens."""
    endpoint = f"http://127.0.0.1:{free_port()}"
    provider = SqsProvider(SqsOptions(region=REGION, endpoint_url=endpoint, credentials=CREDENTIALS))
    monkeypatch.setitem(registry._providers, "sqs", provider)
