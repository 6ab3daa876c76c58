"""What is left of a company that was deleted: looked for in every store, whatever was meant to be there.

Kept on purpose, and not told of: the tombstone, the deletion with its certificate, what the platform's chain says, and,
for as long as a message of the company may still turn up, that workers are to drop it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from apps.audit import api as audit_api
from apps.staff import api as staff_api
from apps.tenants.api import CompanyStatus
from novapulse.data import keyspace
from novapulse.queues import dead_letters, depths
from novapulse.queues.dead_letters import Wanted
from novapulse.tenancy import remains

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from novapulse.tenancy.scope import Scope

_MOST_LETTERS: Final = 1_000_000
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Left:
    """What is left in one place of a store: how much, and the first of it by name."""

    store: str
    place: str
    count: int
    first: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """What is left; `hidden` dead letters are in the hands of another run, so nobody could look at them."""

    left: tuple[Left, ...]
    hidden: int


def find(home: Scope, *, seen: Callable[[int], None] = lambda _: None) -> Findings:
    """Look through MongoDB, Redis, PostgreSQL and the dead letters of SQS.

    seen: is called with how many documents more were read; `size` tells how many there are. Raises Unavailable or
    TimedOut where a store is away, and what the drivers raise.
    """
    left = [*_in_mongodb(home, seen), *_in_redis(home), *_in_postgresql(home), *_in_dead_letters(home)]
    return Findings(tuple(left), sum(each.dead_in_flight for each in depths.in_sqs()))


def size() -> int:
    """Tell about how many documents are looked through."""
    return remains.size()


def _in_mongodb(home: Scope, seen: Callable[[int], None]) -> Iterator[Left]:
    def is_kept(collection: str, document: dict[str, Any]) -> bool:
        if collection in {"audit_events", "audit_pending"}:
            return bool(document.get("company_id") == audit_api.PLATFORM.company_id)
        if collection == "queue_controls":
            return bool(document["_id"] == f"gone:{home.company_id}")
        is_own = bool(document["_id"] == home.company_id)
        is_tomb = collection == "companies" and document.get("status") == CompanyStatus.DELETED
        return is_own and (is_tomb or collection == "deletions")

    for each in remains.find(home, is_kept=is_kept, seen=seen):
        yield Left("mongodb", each.collection, each.count, each.ids)


def _in_redis(home: Scope) -> Iterator[Left]:
    keys = [key.decode(errors="replace") for key in keyspace.named(str(home.company_id))]
    if keys:
        yield Left("redis", "keys", len(keys), tuple(keys[:_SHOWN]))


def _in_postgresql(home: Scope) -> Iterator[Left]:
    for table, count in staff_api.mentions(str(home.company_id)).items():
        yield Left("postgresql", table, count)


def _in_dead_letters(home: Scope) -> Iterator[Left]:
    digits = str(home.company_id)
    found = [each for each in dead_letters.letters(Wanted(), at_most=_MOST_LETTERS) if digits in each.body]
    for queue, count in Counter(each.queue for each in found).items():
        first = [each.id or each.message_id for each in found if each.queue == queue]
        yield Left("sqs", f"{queue} dead letters", count, tuple(first[:_SHOWN]))
