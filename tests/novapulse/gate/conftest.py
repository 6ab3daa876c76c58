"""A gate on this worker's Redis, emptied; the truth is what the test says."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
import redis
from bson import ObjectId
from django.conf import settings

from novapulse.gate.decision import Credential, Limits, Truth
from novapulse.gate.gate import Gate
from novapulse.gate.store import GateStore

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMITS = Limits(quota=20, window_seconds=600, concurrency=1000)  # a unit comes back every half a minute
TRUTH = Truth(company_version=1, membership_version=1, is_live=True, limits=LIMITS)
GENEROUS_MS = 2_000  # where a test is about what is decided, not about how long it takes


@dataclass
class Book:
    """What MongoDB would say; counts how often it is asked."""

    truth: Truth = TRUTH
    asked: int = 0
    trouble: Exception | None = None
    truths: dict[str, Truth] = field(default_factory=dict)

    def truth_of(self, credential: Credential) -> Truth:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        return self.truths.get(credential.credential_id, self.truth)

    def says(self, **changes: object) -> None:
        self.truth = replace(self.truth, **changes)


def credential(**changes: object) -> Credential:
    """Make a credential of a company, membership and session of its own."""
    ids = {name: str(ObjectId()) for name in ("company_id", "membership_id", "credential_id")}
    made = Credential(**ids, token_id="a" * 32, company_version=1, membership_version=1)
    return replace(made, **changes)


@pytest.fixture
def shown() -> Credential:
    return credential()


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture(scope="session")
def redis_client() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        yield client


@pytest.fixture
def store(redis_client: redis.Redis) -> Iterator[GateStore]:
    redis_client.flushdb()
    made = GateStore(settings.REDIS_URL, timeout_ms=GENEROUS_MS)
    yield made
    made.close()


@pytest.fixture
def gate(store: GateStore, book: Book) -> Gate:
    return Gate(store, truth_of=book.truth_of, lease_seconds=30)
