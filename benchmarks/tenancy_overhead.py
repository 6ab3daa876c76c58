"""What the scope costs: the scoped driver against the plain one that is told the company by hand, in one run.

Run as `python -m benchmarks.tenancy_overhead [mongodb://...]`; without an address it takes the settings' server. All
sides send the same command to the same documents, call by call in turn, so that other load on the machine meets them
alike; of each round the medians are taken, and of all rounds the median of these.

Four clients, each with one thing more: PyMongo's own; ours that bounds the search for a server; that with the scope; that
with the guard as well. `scope` is the third against the second, `all` the last against the first.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

from bson import ObjectId
from pymongo import MongoClient
from rich.console import Console
from rich.table import Table

from benchmarks.address import mongo_uri
from novapulse.data.prompt_client import PromptMongoClient
from novapulse.tenancy.client import ScopedMongoClient
from novapulse.tenancy.guard import TenancyGuard
from novapulse.tenancy.scope import company

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.collection import Collection

    Tasks = Collection[dict[str, Any]]
    Call = Callable[[dict[str, Any]], object]

_DATABASE = "tenancy_overhead"
_DOCUMENTS, _ROUNDS, _CALLS = 1000, 30, 100
_COMPANY_ID, _LOCATION = ObjectId(), "DE"
_OWN = {"location": _LOCATION, "company_id": _COMPANY_ID}
_MICROSECONDS = 1e6


def main() -> None:
    """Measure each method with the four clients and print the ratios."""
    uri = mongo_uri(__doc__)
    listeners = [TenancyGuard(frozenset())]
    with (
        MongoClient[Any](uri) as plain,
        PromptMongoClient[Any](uri) as prompt,
        ScopedMongoClient[Any](uri, platform_collections=frozenset()) as scoped,
        ScopedMongoClient[Any](uri, platform_collections=frozenset(), event_listeners=listeners) as guarded,
        company(_COMPANY_ID, location=_LOCATION),
    ):
        _fill(plain[_DATABASE]["tasks"])
        Console().print(_table(*(_calls(client[_DATABASE]["tasks"]) for client in (plain, prompt, scoped, guarded))))
        plain.drop_database(_DATABASE)


def _table(plain: dict[str, Call], *ours: dict[str, Call]) -> Table:
    table = Table(
        "method", "plain us", "prompt us", "scoped us", "guarded us", "scope", "all", title="Cost of the scope"
    )
    for name, theirs in plain.items():
        table.add_row(name, *_compared(theirs, *(calls[name] for calls in ours)))
    return table


def _fill(tasks: Tasks) -> None:
    tasks.drop()
    tasks.create_index([("location", 1), ("company_id", 1), ("number", 1)])
    tasks.insert_many([{**_OWN, "number": number, "title": f"task {number}", "n": 0} for number in range(_DOCUMENTS)])


def _calls(tasks: Tasks) -> dict[str, Call]:
    mark = {"$inc": {"n": 1}}
    return {
        "find_one": tasks.find_one,
        "find, 25 documents": lambda own: list(tasks.find({**own, "number": {"$lt": 25}})),
        "count_documents": tasks.count_documents,
        "aggregate": lambda own: list(tasks.aggregate([{"$match": own}, {"$project": {"title": 1}}])),
        "update_one": lambda own: tasks.update_one(own, mark),
        "find_one_and_update": lambda own: tasks.find_one_and_update(own, mark),
        "insert_one": lambda own: tasks.insert_one({**own, "title": "one more"}),
    }


def _compared(plain: Call, *ours: Call) -> list[str]:
    _round(plain, *ours)  # warm up
    rounds = [_round(plain, *ours) for _ in range(_ROUNDS)]
    times = [f"{_MICROSECONDS * statistics.median(each):.1f}" for each in zip(*rounds, strict=True)]
    scope = statistics.median(scoped / prompt for _, prompt, scoped, _ in rounds)
    everything = statistics.median(guarded / bare for bare, _, _, guarded in rounds)
    return [*times, f"{scope:.3f}", f"{everything:.3f}"]


def _round(plain: Call, *ours: Call) -> list[float]:
    """Return the median seconds of a call, plain and each of ours; who goes first changes with each turn."""
    sides: list[tuple[Call, dict[str, Any]]] = [(plain, _OWN), *((call, {}) for call in ours)]
    seconds: list[list[float]] = [[] for _ in sides]
    for number in range(_CALLS):
        for turn in range(len(sides)):
            side = (number + turn) % len(sides)
            call, by_hand = sides[side]
            seconds[side].append(_seconds(call, {**by_hand, "number": number}))
    return [statistics.median(each) for each in seconds]


def _seconds(call: Call, own: dict[str, Any]) -> float:
    began = time.perf_counter()
    call(own)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
