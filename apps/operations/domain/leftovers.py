"""What is left of a company that was deleted: looked for in every store, whatever was meant to be there.

Kept on purpose, and not told of: the tombstone, the deletion with its certificate, what the platform's chain says, and,
for as long as a message of the company may still turn up, that workers are to drop it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
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

    from bson import ObjectId

    from novapulse.tenancy.remains import Remains
    from novapulse.tenancy.scope import Scope

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
    return _found(home.company_id, remains.find(home, is_kept=partial(_is_kept, home.company_id), seen=seen))


def find_indexed(home: Scope) -> Findings:
    """Look as `find` does, but in MongoDB by its indexes alone: within milliseconds, however much there is."""
    return _found(home.company_id, remains.find_indexed(home, is_kept=partial(_is_kept, home.company_id)))


def size() -> int:
    """Tell about how many documents are looked through."""
    return remains.size()


def letters_of(company_id: ObjectId) -> Wanted:
    """Tell which dead letters are a company's: all that name it, whether or not they can be read."""
    return Wanted(part=str(company_id))


def _found(company_id: ObjectId, in_mongodb: list[Remains]) -> Findings:
    digits = str(company_id)
    documents = (Left("mongodb", each.collection, each.count, each.ids) for each in in_mongodb)
    left = (*documents, *_in_redis(digits), *_in_postgresql(digits), *_in_dead_letters(company_id))
    return Findings(left, sum(each.dead_in_flight for each in depths.in_sqs()))


def _is_kept(company_id: ObjectId, collection: str, document: dict[str, Any]) -> bool:
    if collection in {"audit_events", "audit_pending"}:
        return bool(document.get("company_id") == audit_api.PLATFORM.company_id)
    if collection == "queue_controls":
        return bool(document["_id"] == f"gone:{company_id}")
    is_own = bool(document["_id"] == company_id)
    is_tomb = collection == "companies" and document.get("status") == CompanyStatus.DELETED
    return is_own and (is_tomb or collection == "deletions")


def _in_redis(digits: str) -> Iterator[Left]:
    keys = [key.decode(errors="replace") for key in keyspace.named(digits)]
    if keys:
        yield Left("redis", "keys", len(keys), tuple(keys[:_SHOWN]))


def _in_postgresql(digits: str) -> Iterator[Left]:
    for table, count in staff_api.mentions(digits).items():
        yield Left("postgresql", table, count)


def _in_dead_letters(company_id: ObjectId) -> Iterator[Left]:
    names: dict[str, list[str]] = defaultdict(list)
    for each in dead_letters.every(letters_of(company_id)):
        names[each.queue].append(each.id or each.message_id)
    for queue, found in names.items():
        yield Left("sqs", f"{queue} dead letters", len(found), tuple(found[:_SHOWN]))
