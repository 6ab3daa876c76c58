"""The primary of three members is killed again and again under writers: what was acknowledged is there afterwards.

Each time the primary is ahead of the others for a moment before it dies, so that it has writes that nobody else has.
Writers that ask for no majority (w:1) lose some of theirs, which shows that there was something to lose.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from tests.api import PASSWORD
from tests.faults.replicas import replica_set
from tests.prove.fleet import ROOT
from tests.prove.load import Call, one, running
from tests.prove.proof import Claim, Proof

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.faults.replicas import ReplicaSet
    from tests.prove.load import Reply
    from tests.prove.proof import Row
    from tests.prove.world import World

CREATED = 201
SAFE_REFUSALS = (503, 504)
WRITERS = 20
_PER_SECOND = 60
_ALONE_SECONDS = 0.5
_BETWEEN_SECONDS = 1.0
_STALL_SECONDS = 15.0
_SLUG = "failover"


def failover(world: World) -> Iterator[Row]:
    """Kill, wait for the successor, heal; and compare what was acknowledged with what is there."""
    with replica_set(world.folder / "replicas", guard=world.guard) as replicas:
        variables = {"MONGO_URI": replicas.url}
        _manage(variables, "ensure_indexes", "--apply")
        with world.more(variables) as fleet:
            writer = _writer(fleet.ports[0], variables)
            with _careless(replicas) as careless, running(writer, per_second=_PER_SECOND, workers=WRITERS) as load:
                for _ in range(world.size.failovers):
                    time.sleep(_BETWEEN_SECONDS)
                    replicas.lose_primary(alone_seconds=_ALONE_SECONDS)
                    replicas.heal()
                time.sleep(_BETWEEN_SECONDS)
            yield from _judged(replicas, load.replies, kills=world.size.failovers)
            yield _careless_row(replicas, careless)


def _manage(variables: dict[str, str], *arguments: str) -> None:
    given = {**os.environ, **variables}  # noqa: TID251  handed on
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=given, check=True, capture_output=True)  # noqa: S603  our own


def _writer(port: int, variables: dict[str, str]) -> Callable[[int], Call]:
    """Found a company with a project over HTTP; give what makes its tasks."""
    person = {"name": "Olive Owner", "email": f"owner@{_SLUG}.example", "password": PASSWORD}
    company = {"company_name": _SLUG, "company_slug": _SLUG, "country": "DE"}
    token = _made(Call(port, method="POST", path="/api/v1/auth/signup", body={**company, **person}))["access_token"]
    _manage(variables, "limits", "set", _SLUG, "--reason", "a proof", "--quota", "1000000", "--concurrency", "1000")
    body = {"key": "FAIL", "name": "Failover"}
    project = _made(Call(port, token, "POST", "/api/v1/projects", body=body))["id"]

    def task(number: int) -> Call:
        return Call(port, token, "POST", "/api/v1/tasks", body={"project_id": project, "title": str(number)})

    return task


def _made(call: Call) -> Any:
    reply = one(call)
    assert reply.status == CREATED, (reply.status, reply.body)
    return reply.json()


@dataclass
class Careless:
    """Somebody who writes with w:1; `acknowledged` are the numbers that MongoDB has confirmed."""

    acknowledged: set[int] = field(default_factory=set)


@contextmanager
def _careless(replicas: ReplicaSet) -> Iterator[Careless]:
    found, ended = Careless(), threading.Event()

    def write() -> None:
        with MongoClient[dict[str, Any]](replicas.url, w=1, retryWrites=False, serverSelectionTimeoutMS=500) as client:
            number = 0
            while not ended.wait(0.005):
                number += 1
                with suppress(PyMongoError):
                    client.control.written.insert_one({"_id": number})
                    found.acknowledged.add(number)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()


def _judged(replicas: ReplicaSet, replies: Sequence[Reply], *, kills: int) -> Iterator[Row]:
    acknowledged = [reply for reply in replies if reply.status == CREATED]
    with MongoClient[dict[str, Any]](replicas.url) as client:
        kept = {task["title"] for task in client.novapulse.tasks.find({}, {"title": 1})}
    lost = {reply.call.body["title"] for reply in acknowledged} - kept
    claim = Claim(f"primary killed {kills} times under {WRITERS} writers", "w:majority, journaled", "0 lost")
    yield claim.row(f"{len(lost)} acknowledged writes lost", count=len(acknowledged), held=not lost)
    others = Counter(reply.status for reply in replies if reply.status != CREATED)
    figure = ", ".join(f"{count} x {status or 'lost'}" for status, count in sorted(others.items())) or "none"
    claim = Claim("what was not acknowledged", "says whether a retry is safe", "503, 504 alone")
    yield claim.row(figure, count=len(replies), held=set(others) <= set(SAFE_REFUSALS))
    moments = sorted(reply.ended_at for reply in acknowledged)
    stalls = sorted((after - before for before, after in pairwise(moments)), reverse=True)
    claim = Claim("longest time without a write", "an election, and retryable writes", f"<= {_STALL_SECONDS:g} s")
    figure = ", ".join(f"{stall:.1f}" for stall in stalls[:kills])
    yield claim.row(f"{figure} s", count=kills, held=stalls[0] <= _STALL_SECONDS)


def _careless_row(replicas: ReplicaSet, careless: Careless) -> Row:
    with MongoClient[dict[str, Any]](replicas.url) as client:
        kept = {each["_id"] for each in client.control.written.find({})}
    lost = len(careless.acknowledged - kept)
    claim = Claim("control: the same with w:1", "nobody else has the write", "> 0 lost")
    return claim.row(f"{lost} acknowledged writes lost", count=len(careless.acknowledged), held=lost > 0)


# Not in short: on a machine with other work some writers were left without any answer, and nobody knows yet why.
PROOFS = (Proof("failover", failover, in_short=False),)
