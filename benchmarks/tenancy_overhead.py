"""What the scope costs: clients with one thing more each, told the company by hand where they have no scope.

Run as `python -m benchmarks.tenancy_overhead [mongodb://...]`; without an address it takes the settings' server. In one
run, all sides send the same commands to the same documents, call by call and in random order. Each round has fresh
clients, since a connection may be slow for its whole life; of each round the median counts, of all rounds the median.

The columns: PyMongo's own client in microseconds; then ratios. `noise` sets two clients of one kind against each other:
what lies within it is nothing. `prompt` is our client without the scope against PyMongo's, `scope` is what the scope
adds to it, `guard` what the listener adds to that, `all` the whole against PyMongo's own.
"""

from __future__ import annotations

import random
import statistics
import time
from contextlib import ExitStack
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
    Round = dict[str, dict[str, float]]  # microseconds by method and side

_DATABASE = "tenancy_overhead"
_DOCUMENTS, _ROUNDS, _WARM_UP, _CALLS = 1000, 40, 10, 60
_COMPANY_ID, _LOCATION = ObjectId(), "DE"
_OWN = {"location": _LOCATION, "company_id": _COMPANY_ID}
_NOBODY: frozenset[str] = frozenset()
_SIDES: dict[str, Callable[[str], MongoClient[Any]]] = {
    "plain": MongoClient,
    "prompt": PromptMongoClient,
    "again": PromptMongoClient,
    "scoped": lambda uri: ScopedMongoClient(uri, platform_collections=_NOBODY),
    "guarded": lambda uri: ScopedMongoClient(
        uri, platform_collections=_NOBODY, event_listeners=[TenancyGuard(_NOBODY)]
    ),
}
_SCOPED = frozenset({"scoped", "guarded"})
_RATIOS = {
    "noise": ("again", "prompt"),
    "prompt": ("prompt", "plain"),
    "scope": ("scoped", "prompt"),
    "guard": ("guarded", "scoped"),
    "all": ("guarded", "plain"),
}


def main() -> None:
    """Measure each method with each client and print the ratios."""
    uri = mongo_uri(__doc__)
    with MongoClient[Any](uri) as plain:
        _fill(plain[_DATABASE]["tasks"])
        with company(_COMPANY_ID, location=_LOCATION):
            rounds = [_round(uri) for _ in range(_ROUNDS)]
        plain.drop_database(_DATABASE)
    Console().print(_table(rounds))


def _fill(tasks: Tasks) -> None:
    tasks.drop()
    tasks.create_index([("location", 1), ("company_id", 1), ("number", 1)])
    tasks.insert_many([{**_OWN, "number": number, "title": f"task {number}", "n": 0} for number in range(_DOCUMENTS)])


def _calls(tasks: Tasks) -> dict[str, Call]:
    mark = {"$inc": {"n": 1}}
    return {
        "find_one": tasks.find_one,
        "find 25": lambda own: list(tasks.find({**own, "number": {"$lt": 25}})),
        "count_documents": tasks.count_documents,
        "aggregate": lambda own: list(tasks.aggregate([{"$match": own}, {"$project": {"title": 1}}])),
        "update_one": lambda own: tasks.update_one(own, mark),
        "find_one_and_update": lambda own: tasks.find_one_and_update(own, mark),
        "insert_one": lambda own: tasks.insert_one({**own, "number": _DOCUMENTS + 1}),
    }


def _round(uri: str) -> Round:
    with ExitStack() as stack:
        clients = {side: stack.enter_context(make(uri)) for side, make in _SIDES.items()}
        calls = {side: _calls(client[_DATABASE]["tasks"]) for side, client in clients.items()}
        return {method: _medians({side: calls[side][method] for side in _SIDES}) for method in calls["plain"]}


def _medians(calls: dict[str, Call]) -> dict[str, float]:
    """Return the median microseconds of a call by side."""
    taken: dict[str, list[float]] = {side: [] for side in calls}
    for number in range(_WARM_UP + _CALLS):
        for side in random.sample(list(calls), len(calls)):
            filter_ = {"number": number} if side in _SCOPED else {**_OWN, "number": number}
            began = time.perf_counter_ns()
            calls[side](filter_)
            taken[side].append((time.perf_counter_ns() - began) / 1000)
    return {side: statistics.median(each[_WARM_UP:]) for side, each in taken.items()}


def _table(rounds: list[Round]) -> Table:
    table = Table("method", "plain us", *_RATIOS, title=f"Cost of the scope, median of {len(rounds)} rounds")
    for method in rounds[0]:
        sides = [each[method] for each in rounds]
        ratios = (statistics.median(one[over] / one[under] for one in sides) for over, under in _RATIOS.values())
        plain = statistics.median(one["plain"] for one in sides)
        table.add_row(method, f"{plain:.0f}", *(f"{ratio:.3f}" for ratio in ratios))
    return table


if __name__ == "__main__":
    main()
