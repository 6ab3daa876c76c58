"""Redis' keys, for whoever looks whether one leads to another company: by the ids that stand in a key and its value.

An id may be that of any document that is a company's: which, nobody says here, so all their collections are asked. Keys
that carry no company and what stands behind the first 64 KiB of a value are not looked at.
"""

from __future__ import annotations

import re
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, cast

from apps.operations.domain.isolation import BATCH, UNSAID, Home, Named, Source, Thing
from apps.operations.domain.isolation_documents import owned
from apps.operations.domain.pointers import as_id
from novapulse.data import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from bson import ObjectId

    from novapulse.data.redis import RedisProvider

_WHOSE: Final = re.compile(r"\{c:([^}]*)\}")
_IDS: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{24}(?![0-9a-f])")
_READ_MOST: Final = 64 * 1024  # bytes of a text, and of members a sixteenth

_READERS: Final[Mapping[str, Callable[[Any, str], Any]]] = {
    "string": lambda pipe, key: pipe.getrange(key, 0, _READ_MOST),
    "hash": lambda pipe, key: pipe.hvals(key),
    "list": lambda pipe, key: pipe.lrange(key, 0, _READ_MOST // 16),
    "set": lambda pipe, key: pipe.srandmember(key, _READ_MOST // 16),
    "zset": lambda pipe, key: pipe.zrange(key, 0, _READ_MOST // 16),
}


def keys(company_id: ObjectId | None) -> Source:
    """Give the keys that carry a company: any, or this one."""
    return Source("redis", things=partial(_things, company_id), again=_again)


def _things(company_id: ObjectId | None) -> Iterator[Thing]:
    match, cursor = f"np:*{{c:{'*' if company_id is None else company_id}}}*", 0
    while True:
        cursor, found = _redis().call(lambda client, cursor=cursor: client.scan(cursor, match=match, count=BATCH))  # type: ignore[misc]  # bound now
        yield from _made([_text(key) for key in found])
        if cursor == 0:
            return


def _again(things: list[Thing]) -> Iterator[Thing]:
    return _made([str(thing.id) for thing in things])


def _made(keys: list[str]) -> Iterator[Thing]:
    for key, value in zip(keys, _values(keys), strict=True):
        if value is None:
            continue  # it has expired
        whose, rest = _WHOSE.search(key), _WHOSE.sub("", key, count=1)
        home = Home(as_id(whose[1]) if whose else None, UNSAID)
        yield Thing("redis", key, home, (*_named("key", [rest]), *_named("value", value)))


def _named(path: str, texts: Iterable[str]) -> Iterator[Named]:
    found = chain.from_iterable(_IDS.findall(text) for text in texts)
    return (Named(path, owned(), as_id(each)) for each in dict.fromkeys(found))


def _values(keys: list[str]) -> list[list[str] | None]:
    """Read what keys hold, by two round trips; None for a key that is not there."""
    kinds = [_text(each) for each in _piped([lambda pipe, key=key: pipe.type(key) for key in keys])]  # type: ignore[misc]  # as above
    held = [(key, _READERS[kind]) for key, kind in zip(keys, kinds, strict=True) if kind in _READERS]
    read = iter(_piped([lambda pipe, key=key, reader=reader: reader(pipe, key) for key, reader in held]))  # type: ignore[misc]  # as above
    return [_texts(next(read)) if kind in _READERS else None for kind in kinds]


def _piped(calls: list[Callable[[Any], Any]]) -> list[Any]:
    def send(client: Any) -> list[Any]:  # noqa: ANN401  redis-py leaves the answers of a pipeline open
        with client.pipeline(transaction=False) as pipe:
            for call in calls:
                call(pipe)
            return cast("list[Any]", pipe.execute())

    return _redis().call(send) if calls else []


def _texts(value: Any) -> list[str]:  # noqa: ANN401  as above
    return [_text(each) for each in (value if isinstance(value, list) else [value])]


def _text(value: Any) -> str:  # noqa: ANN401  as above
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _redis() -> RedisProvider:
    return cast("RedisProvider", registry.provider("redis"))
