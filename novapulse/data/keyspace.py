"""The keys of Redis, looked through by name: for whoever has to find what is left of somebody.

Fails closed: Unavailable or TimedOut where Redis does not answer.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from novapulse.data import registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import redis

_PART: Final = 1_000  # keys that Redis looks at before it serves others


def named(part: str) -> Iterator[bytes]:
    """Give the keys in whose names this stands; one that comes or goes meanwhile may be given or not.

    part: letters and digits, since other characters have a meaning to SCAN.
    """
    cursor = 0
    while True:
        cursor, keys = _call(partial(_scan, cursor=cursor, match=f"*{part}*"))
        yield from keys
        if cursor == 0:
            return


def forget(keys: Iterable[bytes]) -> int:
    """Take keys away, whatever they hold; tell how many were there."""
    return sum(_call(partial(_unlink, key=key)) for key in keys)


def _call(work: Any) -> Any:  # noqa: ANN401  redis-py leaves its answers open
    return registry.provider("redis").call(work)  # type: ignore[attr-defined]  # Redis' own


def _scan(client: redis.Redis, *, cursor: int, match: str) -> Any:  # noqa: ANN401  as above
    return client.scan(cursor, match=match, count=_PART)


def _unlink(client: redis.Redis, *, key: bytes) -> Any:  # noqa: ANN401  as above
    return client.unlink(key)
