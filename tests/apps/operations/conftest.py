"""A database of its own, bare, for what builds and compares indexes; stores that are not there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from novapulse import clock
from novapulse.data import registry
from novapulse.data.redis import RedisOptions, RedisProvider
from novapulse.data.sqs import SqsOptions, SqsProvider
from novapulse.local.aws import CREDENTIALS, REGION
from novapulse.local.ports import free_port
from novapulse.queues import dead_letters, names, setup
from novapulse.tenancy import document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymongo.database import Database

    from tests.api import Api


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


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take nothing for nothing at once: this SQS has but one server to ask."""
    monkeypatch.setattr(dead_letters, "_LOOK_SECONDS", 0)


@pytest.fixture
def bury(database: Database[dict[str, Any]]) -> Callable[..., str]:
    """Put a dead task into the inbox, and its letter into the dead-letter queue: gives its id."""

    def make(company: Api | None = None, *, task: str = "apps.work.tasks.count") -> str:
        task_id, now = ObjectId(), clock.now()
        dead = {"status": "dead", "fence": 1, "attempts": 10, "deaths": 0, "first_seen": now, "ended_at": now}
        database.inbox.insert_one({"_id": task_id, "task": task, **dead})
        body = {"id": str(task_id), "task": task, "queue": "default", "schema": 1, "enqueued_at": now.isoformat()}
        death = {"reason": "exhausted", "error": "builtins.ValueError", "attempts": 10, "at": now.isoformat()}
        text = json.dumps({**body, "company_id": company and company.company["id"], "dead": death})
        url = setup.sqs().queue_url(names.physical("default-dlq"))
        setup.sqs().call(lambda client: client.send_message(QueueUrl=url, MessageBody=text))
        return str(task_id)

    return make
