"""Keys of Redis: whose they are, and what they name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.operations.domain import isolation, isolation_keys
from apps.operations.domain.isolation import Fault
from novapulse.data import registry
from novapulse.errors import Unavailable
from novapulse.tenancy.scope import across_tenants

if TYPE_CHECKING:
    from collections.abc import Iterator

    import redis
    from pymongo.database import Database

OURS, THEIRS, MEMBER, STRANGER = (ObjectId() for _ in range(4))


@pytest.fixture
def keys(database: Database[dict[str, Any]]) -> Iterator[redis.Redis]:
    """Give an empty Redis, and two companies with a member each."""
    database.companies.insert_many([{"_id": each, "slug": str(each), "country": "DE"} for each in (OURS, THEIRS)])
    members = {MEMBER: OURS, STRANGER: THEIRS}
    database.memberships.insert_many(
        {"_id": id_, "company_id": each, "identity_id": id_, "location": "DE"} for id_, each in members.items()
    )
    client: redis.Redis = registry.provider("redis").client()
    client.flushdb()
    yield client
    client.flushdb()


def found(company_id: ObjectId | None = None) -> list[tuple[str, Fault, str, str]]:
    with across_tenants("a test"):
        report = isolation.look([isolation_keys.keys(company_id)], seen=lambda _kind, _count: None)
    return sorted((each.id, each.fault, each.path, each.whose) for each in report.findings)


def test_keys_of_a_company_that_name_its_own_are_good(keys: redis.Redis) -> None:
    keys.hset(f"np:{{c:{OURS}}}:c", "v", "1")
    keys.set(f"np:{{c:{OURS}}}:m:{MEMBER}", "1")
    keys.zadd(f"np:{{c:{OURS}}}:l", {f"{MEMBER}:{'0' * 32}": 1.0})
    keys.set("np:processes", str(STRANGER))  # nobody's

    assert found() == []


def test_keys_of_companies_that_are_not_there_are_found(keys: redis.Redis) -> None:
    gone = f"np:{{c:{ObjectId()}}}:c"
    keys.hset(gone, "v", "1")
    keys.set("np:{c:}:c", "1")

    assert {(id_, fault) for id_, fault, *_ in found()} == {
        ("np:{c:}:c", Fault.UNKNOWN_COMPANY),
        (gone, Fault.UNKNOWN_COMPANY),
    }


def test_keys_that_name_what_is_anothers_are_found_in_whatever_kind_of_value(keys: redis.Redis) -> None:
    name = f"np:cache:{{c:{OURS}}}"
    keys.set(f"{name}:m:{STRANGER}", "1")
    keys.set(f"{name}:text", f'{{"company": "{THEIRS}"}}')
    keys.hset(f"{name}:hash", "who", str(STRANGER))
    keys.sadd(f"{name}:set", str(STRANGER))
    keys.rpush(f"{name}:list", str(STRANGER))
    keys.zadd(f"{name}:zset", {f"{STRANGER}.1": 1.0})

    assert {(id_, path, whose) for id_, _, path, whose in found()} == {
        (f"{name}:m:{STRANGER}", "key", str(THEIRS)),
        *((f"{name}:{kind}", "value", str(THEIRS)) for kind in ("text", "hash", "set", "list", "zset")),
    }


@pytest.mark.parametrize("collection", ["tasks", "projects", "jobs", "webhook_endpoints"])
def test_a_key_that_names_any_document_of_anothers_is_found(
    keys: redis.Redis, database: Database[dict[str, Any]], collection: str
) -> None:
    theirs = database[collection].insert_one({"company_id": THEIRS, "location": "DE"}).inserted_id
    keys.set(f"np:{{c:{OURS}}}:seen", str(theirs))

    assert [(path, whose) for _, _, path, whose in found()] == [("value", str(THEIRS))]


def test_of_one_company_nothing_of_another_is_looked_at(keys: redis.Redis) -> None:
    keys.set(f"np:{{c:{THEIRS}}}:m:{MEMBER}", "1")

    assert found(OURS) == []
    assert len(found(THEIRS)) == 1


@pytest.mark.usefixtures("no_redis")
def test_without_redis_nothing_is_called_good() -> None:
    with pytest.raises(Unavailable):
        found()
