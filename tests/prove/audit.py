"""The audit: no change without its record whatever is killed, and no record that can be changed unseen."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bson import ObjectId
from pymongo import MongoClient

from apps.audit import api as audit_api
from apps.audit.domain import records, sealing
from apps.audit.domain.records import Entry
from apps.audit.enums import Action
from novapulse import clock
from novapulse.tenancy.scope import Scope
from tests.prove import people
from tests.prove.load import LOST, Call, one, paced
from tests.prove.proof import Claim, Proof
from tests.prove.work import until
from tests.prove.world import PROCESSES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymongo.database import Database

    from tests.prove.fleet import Fleet
    from tests.prove.people import Tenant
    from tests.prove.proof import Row
    from tests.prove.world import World

    Stored = Database[dict[str, Any]]

DYING = "tests.prove.dying:application"
# Every step of a change (PATCH of a task) and of its sealing: before a command is sent, and after it was answered.
STEPS = [
    f"{where} {command} {when}"
    for where, commands in {
        "request": ("findAndModify", "insert", "commitTransaction"),
        "audit-sealer": ("insert", "update", "delete"),
    }.items()
    for command in commands
    for when in ("started", "succeeded")
]
_TRIES = 10  # changes that a process gets to die of: its sealer may come after the answer
_RECORDS = 40
_PER_SECOND = 60.0
_DELAY_SECONDS = 1.0
_random = random.SystemRandom()


@contextmanager
def stored(world: World) -> Iterator[Stored]:
    """Give the database through a plain client."""
    with MongoClient[dict[str, Any]](world.mongo_url, tz_aware=True) as client:
        yield client.get_default_database()


def killed(world: World) -> Iterator[Row]:
    """Kill serving processes at each step of changes; what is stored and what is recorded are the same."""
    kills = world.size.audit_kills
    tenant = people.found()
    project = one(_call(world.fleet, tenant, "POST", "projects", {"key": "APP", "name": "App"})).json()["id"]
    deaths = sum(_die(world, tenant, project, first=first) for first in range(0, kills, PROCESSES))
    left = [
        tenant.id,
        people.found().id,
    ]  # the latter by this process, which seals nothing: as by one that died at once
    waiting = {"company_id": {"$in": left}}
    with stored(world) as database:
        is_sealed = until(lambda: not database.audit_pending.count_documents(waiting), seconds=30)
        without, unreal, changes = _compared(database, tenant)
    verdict = audit_api.verify(Scope(tenant.id, "DE"), anchors={}, seen=lambda _: None)
    yield Claim("changes without their record, or records without their change", "one transaction", "0, 0").row(
        f"{without}, {unreal} of {changes}; {deaths} processes died, at {len(STEPS)} steps in turn",
        count=kills,
        held=without == unreal == 0 and deaths == kills,
    )
    yield Claim("records of killed processes left unsealed, chain broken", "sweep each second", "0, no").row(
        f"{'0' if is_sealed else 'some'}, {verdict.fault or 'no'} ({verdict.records} records)",
        count=kills,
        held=is_sealed and verdict.is_good,
    )


def _die(world: World, tenant: Tenant, project: str, *, first: int) -> int:
    """Change tasks by processes that each die at one step; tell how many did."""
    steps = [STEPS[number % len(STEPS)] for number in range(first, first + PROCESSES)]
    tasks = [
        one(_call(world.fleet, tenant, "POST", "tasks", {"project_id": project, "title": "A task"})).json()["id"]
        for _ in steps
    ]
    with world.more(*[{"PROVE_DIES_AT": step} for step in steps], target=DYING) as fleet:
        threads = [
            threading.Thread(target=_change_until_dead, args=(port, tenant, task))
            for port, task in zip(fleet.ports, tasks, strict=True)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        return sum(one(Call(port, path="/health/live")).status == LOST for port in fleet.ports)


def _change_until_dead(port: int, tenant: Tenant, task: str) -> None:
    for version in range(1, _TRIES + 1):
        headers = {"If-Match": f'"{version}"'}
        body = {"title": f"Version {version + 1}"}
        path = f"/api/v1/tasks/{task}"
        if one(Call(port, tenant.owner.token, "PATCH", path, body, headers)).status == LOST:
            return
        time.sleep(0.5)


def _call(fleet: Fleet, tenant: Tenant, method: str, path: str, body: Any) -> Call:
    return Call(fleet.ports[0], tenant.owner.token, method, f"/api/v1/{path}", body)


def _compared(database: Stored, tenant: Tenant) -> tuple[int, int, int]:
    """Count changes of tasks without a record, records without a change, and all changes."""
    own = {"company_id": tenant.id}
    changes = Counter({task["_id"]: task["version"] for task in database.tasks.find(own)})
    told = Counter(
        row["target"]["id"]
        for name in ("audit_events", "audit_pending")
        for row in database[name].find({**own, "action": {"$in": ["task.created", "task.updated"]}})
    )
    return (changes - told).total(), (told - changes).total(), changes.total()


def tampered(world: World) -> Iterator[Row]:
    """Edit, delete, swap and cut off records at random; verification names the first that is not as it was sealed."""
    with stored(world) as database:
        home = _sealed()
        for attack in (_edit, _link_anew, _delete, _swap, _cut_off):
            found = sum(_is_found(attack, home, database) for _ in range(world.size.audit_attacks))
            name = attack.__name__.removeprefix("_").replace("_", " ")
            yield Claim(f"attacks on a chain: {name}", "hash chain, sealed by MASTER_KEY", "all found").row(
                f"{found} of {world.size.audit_attacks} found, each at its sequence",
                count=world.size.audit_attacks,
                held=found == world.size.audit_attacks,
            )


def _sealed() -> Scope:
    home = Scope(ObjectId(), "DE")
    for _ in range(_RECORDS // 4):
        records.note([Entry(Action.TASK_CREATED, ObjectId(), home=home) for _ in range(4)])
        sealing.seal(home)
    return home


def _is_found(attack: Callable[[Stored, Scope, int], int], home: Scope, database: Stored) -> bool:
    own = {"company_id": home.company_id}
    before = {name: list(database[name].find(own)) for name in ("audit_events", "audit_heads")}
    bad = attack(database, home, _random.randrange(2, _RECORDS))
    verdict = audit_api.verify(home, anchors={}, seen=lambda _: None)
    for name, documents in before.items():
        database[name].delete_many(own)
        database[name].insert_many(documents)
    return verdict.first_bad == bad


def _edit(database: Stored, home: Scope, number: int) -> int:
    where = {"company_id": home.company_id, "sequence": number}
    database.audit_events.update_one(where, {"$set": {"actor.kind": "person"}})
    return number


def _link_anew(database: Stored, home: Scope, number: int) -> int:
    """Edit a record, and compute its hash and all that follow again, as anybody can who has no key."""
    from apps.audit.domain import chain  # noqa: PLC0415  by its own name: the attacker has our code

    _edit(database, home, number)
    own = {"company_id": home.company_id}
    before = database.audit_events.find_one({**own, "sequence": number - 1})
    digest: bytes = before["hash"] if before else chain.NOTHING
    for each in database.audit_events.find({**own, "sequence": {"$gte": number}}, sort=[("sequence", 1)]):
        digest = chain.link(each, after=digest)
        database.audit_events.update_one({"_id": each["_id"]}, {"$set": {"hash": digest}})
    database.audit_heads.update_one(own, {"$set": {"hash": digest}})
    return number


def _delete(database: Stored, home: Scope, number: int) -> int:
    database.audit_events.delete_one({"company_id": home.company_id, "sequence": number})
    return number


def _swap(database: Stored, home: Scope, number: int) -> int:
    own = {"company_id": home.company_id}
    for old, new in ((number, 0), (number - 1, number), (0, number - 1)):
        database.audit_events.update_one({**own, "sequence": old}, {"$set": {"sequence": new}})
    return number - 1


def _cut_off(database: Stored, home: Scope, number: int) -> int:
    """Delete a record and all behind it, and put the end of the chain where it would have been."""
    own = {"company_id": home.company_id}
    database.audit_events.delete_many({**own, "sequence": {"$gte": number}})
    last = database.audit_events.find_one({**own, "sequence": number - 1}) or {}
    values = {"sequence": number - 1, "hash": last["hash"], "seal": last["seal"]}
    database.audit_heads.update_one(own, {"$set": values})
    return number - 1


def sealed_in_time(world: World) -> Iterator[Row]:
    """Change tasks of one company by all processes at once: one chain, and each record sealed within a second."""
    tenant, seconds = people.found(), world.size.audit_seconds
    project = one(_call(world.fleet, tenant, "POST", "projects", {"key": "APP", "name": "App"})).json()["id"]
    body = {"project_id": project, "title": "A task"}
    count = int(seconds * _PER_SECOND)
    ports = world.fleet.ports
    calls = [Call(ports[n % len(ports)], tenant.owner.token, "POST", "/api/v1/tasks", body) for n in range(count)]
    with stored(world) as database, _watched(database, tenant) as delays:
        replies = paced(calls, per_second=_PER_SECOND)
        made = sum(reply.status == 201 for reply in replies)
        until(lambda: not database.audit_pending.count_documents({"company_id": tenant.id}), seconds=30)
        until(lambda: len(delays) >= made, seconds=10)
    verdict = audit_api.verify(Scope(tenant.id, "DE"), anchors={}, seen=lambda _: None)
    ordered = sorted(delays)
    p99 = ordered[int(len(ordered) * 0.99)] if ordered else float("inf")
    figure = f"p50 {ordered[len(ordered) // 2] * 1000:.0f}, p99 {p99 * 1000:.0f} ms" if ordered else "nothing sealed"
    yield Claim("from a change until its record is sealed, p99", "woken by the commit", "1 s", is_of_time=True).row(
        f"{figure} at {_PER_SECOND:.0f}/s", count=len(ordered), held=p99 <= _DELAY_SECONDS
    )
    yield Claim("chain of one company, sealed by four processes at once", "unique numbers", "no gap").row(
        f"{verdict.records} records, {verdict.fault or 'no gap'}",
        count=made,
        held=verdict.is_good and verdict.records >= made > 0,
    )


@contextmanager
def _watched(database: Stored, tenant: Tenant) -> Iterator[list[float]]:
    """Tell of each sealed record of a company how long ago its change was recorded, at the moment when it is there."""
    delays: list[float] = []
    stopped = threading.Event()
    pipeline = [{"$match": {"operationType": "insert", "fullDocument.company_id": tenant.id}}]

    def look() -> None:
        while not stopped.is_set():
            change = stream.try_next()
            if change is not None:
                delays.append((clock.now() - change["fullDocument"]["at"]).total_seconds())

    with database.audit_events.watch(pipeline, max_await_time_ms=100) as stream:
        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield delays
        finally:
            stopped.set()
            thread.join()


PROOFS = (
    Proof("audit-killed", killed, needs=("audit-transaction", "audit-sweep"), in_short=False),
    Proof("audit-tampered", tampered, needs=("audit-seal",)),
    Proof("audit-sealed", sealed_in_time, needs=("audit-wake",)),
)
