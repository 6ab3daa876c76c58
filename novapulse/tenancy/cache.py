"""What a company may have kept in Redis for a while: values that can be had again, and counts that may be lost.

Redis is no truth: anything may be gone at any moment, so everything is kept for a stated time at most. Each call says
whether it is open (goes on without Redis, as if nothing were kept) or closed (raises Unavailable or TimedOut).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from novapulse.errors import TimedOut, Unavailable
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import redis

    from novapulse.data.redis import RedisProvider

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


class CompanyCache:
    """The bound company's own part of Redis: its keys lie in one slot, and no other company's are in reach.

    Every call raises ScopeMissing where no company is bound.
    """

    def __init__(self, provider: RedisProvider) -> None:
        """Take the Redis that keeps it."""
        self._provider = provider

    def get(self, key: str) -> Json:
        """Give the value, None where there is none. Open: without Redis there is none."""
        return self.mget([key]).get(key)

    def mget(self, keys: Iterable[str]) -> dict[str, Json]:
        """Give the values of those keys that have one. Open: without Redis none has."""
        wanted = list(keys)
        names = [_name(key) for key in wanted]
        if not wanted:
            return {}
        try:
            found = self._provider.call(lambda client: client.mget(names))
        except (Unavailable, TimedOut):
            return {}
        return {key: orjson.loads(value) for key, value in zip(wanted, found, strict=True) if value is not None}

    def set(self, key: str, value: Json, *, seconds: int) -> bool:
        """Keep the value for so many seconds, and tell whether it is kept. Open: without Redis it is not."""
        return self.mset({key: value}, seconds=seconds)

    def mset(self, values: Mapping[str, Json], *, seconds: int) -> bool:
        """Keep all values for so many seconds, and tell whether they are kept. Open: without Redis they are not."""
        rows = {_name(key): orjson.dumps(value) for key, value in values.items()}

        def write(client: redis.Redis) -> None:
            with client.pipeline() as pipeline:
                for name, row in rows.items():
                    pipeline.set(name, row, ex=seconds)
                pipeline.execute()

        try:
            self._provider.call(write)
        except (Unavailable, TimedOut):
            return False
        return True

    def delete(self, *keys: str) -> int:
        """Forget the keys, and tell how many had a value. Closed: what was not forgotten would still be given out."""
        names = [_name(key) for key in keys]
        return self._counted(lambda client: client.delete(*names))

    def expire(self, key: str, *, seconds: int) -> bool:
        """Keep what there is for so many seconds from now, and tell whether there was anything. Closed, as `delete`."""
        name = _name(key)
        return bool(self._counted(lambda client: client.expire(name, seconds)))

    def incr(self, key: str, *, by: int = 1, seconds: int) -> int:
        """Add to a count, which begins at 0 and ends so many seconds after its first addition; give it. Closed.

        Done once: after a TimedOut it may have been added or not.
        """
        name = _name(key)

        def add(client: redis.Redis) -> Any:  # noqa: ANN401  redis-py leaves the answers of a pipeline open
            with client.pipeline() as pipeline:  # one transaction: never a count without an end
                pipeline.set(name, 0, ex=seconds, nx=True)
                pipeline.incrby(name, by)
                return pipeline.execute()[1]

        return self._counted(add)

    def _counted(self, work: Callable[[redis.Redis], Any]) -> int:
        return int(self._provider.call(work))


def _name(key: str) -> str:
    bound = scope.current()
    return f"np:cache:{{c:{bound.company_id}}}:{key}"
