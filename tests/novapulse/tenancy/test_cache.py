"""What a company has kept in Redis: its own alone, for a while, and without Redis as was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from novapulse.data.redis import RedisOptions, RedisProvider
from novapulse.errors import TimedOut, Unavailable
from novapulse.tenancy import scope
from novapulse.tenancy.cache import CompanyCache
from novapulse.tenancy.scope import ScopeMissing
from tests.faults import black_hole, refusing_port

if TYPE_CHECKING:
    from collections.abc import Iterator

VALUES: list[Any] = [None, True, 7, 1.5, "naïve", [1, [2]], {"a": {"b": None}}, "{c:x}"]


@pytest.fixture
def provider(settings: Any) -> Iterator[RedisProvider]:
    provider = RedisProvider(RedisOptions(settings.REDIS_URL))
    yield provider
    provider.close()


@pytest.fixture
def cache(provider: RedisProvider) -> Iterator[CompanyCache]:
    with scope.company(ObjectId(), location="DE"):
        yield CompanyCache(provider)


@pytest.fixture(params=["refused", "hung"])
def away(request: pytest.FixtureRequest) -> Iterator[CompanyCache]:
    with black_hole() as hole, scope.company(ObjectId(), location="DE"):
        port = hole if request.param == "hung" else refusing_port()
        provider = RedisProvider(RedisOptions(f"redis://127.0.0.1:{port}/0"))
        yield CompanyCache(provider)
        provider.close()


@pytest.mark.parametrize("value", VALUES)
def test_a_value_comes_back_as_it_was_given(cache: CompanyCache, value: Any) -> None:
    assert cache.set("key", value, seconds=5)

    assert cache.get("key") == value


def test_many_are_kept_and_found_at_once(cache: CompanyCache) -> None:
    assert cache.mset({"a": 1, "b": [2]}, seconds=5)

    assert cache.mget(["b", "none", "a"]) == {"b": [2], "a": 1}
    assert cache.mget([]) == {}
    assert cache.get("none") is None


def test_a_company_reaches_none_of_its_rivals(provider: RedisProvider) -> None:
    cache, company, rival = CompanyCache(provider), ObjectId(), ObjectId()
    with scope.company(rival, location="DE"):
        cache.mset({"key": "the rival's", "count": 5}, seconds=5)
    with scope.company(company, location="DE"):
        assert cache.mget(["key", "count"]) == {}
        assert cache.delete("key", "count") == 0
        assert not cache.expire("key", seconds=1)
        assert cache.incr("count", seconds=5) == 1
        cache.set("key", "ours", seconds=5)
    with scope.company(rival, location="DE"):
        assert cache.mget(["key", "count"]) == {"key": "the rival's", "count": 5}


def test_without_a_company_nothing_is_kept_or_given(provider: RedisProvider) -> None:
    cache = CompanyCache(provider)
    with pytest.raises(ScopeMissing):
        cache.get("key")
    with pytest.raises(ScopeMissing):
        cache.set("key", 1, seconds=5)


def test_everything_ends_at_its_time(cache: CompanyCache, provider: RedisProvider) -> None:
    cache.set("key", 1, seconds=5)
    cache.incr("count", seconds=7)
    cache.incr("count", seconds=70)
    left = {key: provider.client().ttl(key) for key in provider.client().scan_iter("np:cache:*")}
    ours = sorted(seconds for key, seconds in left.items() if str(scope.current().company_id).encode() in key)

    assert ours in ([5, 7], [4, 7], [4, 6], [5, 6])
    assert cache.expire("key", seconds=0)
    assert cache.get("key") is None


def test_a_count_adds_up_and_what_is_deleted_is_gone(cache: CompanyCache) -> None:
    assert [cache.incr("count", seconds=5), cache.incr("count", by=4, seconds=5)] == [1, 5]
    assert cache.get("count") == 5
    assert cache.delete("count", "none") == 1
    assert cache.get("count") is None


def test_without_redis_nothing_is_kept_and_nothing_found(away: CompanyCache) -> None:
    assert away.get("key") is None
    assert away.mget(["a", "b"]) == {}
    assert not away.set("key", 1, seconds=5)
    assert not away.mset({"key": 1}, seconds=5)


def test_without_redis_nothing_is_said_to_be_forgotten_prolonged_or_counted(away: CompanyCache) -> None:
    with pytest.raises((Unavailable, TimedOut)):
        away.delete("key")
    with pytest.raises((Unavailable, TimedOut)):
        away.expire("key", seconds=5)
    with pytest.raises((Unavailable, TimedOut)):
        away.incr("count", seconds=5)
