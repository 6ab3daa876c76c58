"""A company's whole life: exported, deleted while it is killed at it, looked for in vain, and restored as it was."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tarfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bson import ObjectId
from pymongo import MongoClient

from apps.auth.enums import Role
from apps.work.documents import Comment
from apps.work.domain import bulk_create, job_runs
from apps.work.domain.bulk_create import NewTask
from novapulse import clock
from novapulse.local.postgres import POSTGRES
from novapulse.local.stack import up
from novapulse.queues import setup
from novapulse.tenancy import scope
from tests import dumps
from tests.prove import people
from tests.prove.load import Call, one, percentile, running
from tests.prove.proof import OK, Claim, Proof
from tests.prove.work import until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pymongo.database import Database

    from tests.prove.load import Load, Reply
    from tests.prove.people import Tenant
    from tests.prove.proof import Row
    from tests.prove.world import World

    Stored = Database[dict[str, Any]]

_ROOT = Path(__file__).resolve().parents[2]
_MOST_SECONDS = 900
_SEALED_SECONDS = 120
_GETS_ON_SECONDS = 20  # then it waits for the last requests, in which it may be killed as well
_PART = 500
_MEMBERS = 12
_PER_SECOND = 20
_QUIET_SECONDS = 10
_SLOWER_SECONDS = 0.25
_random = random.SystemRandom()


@dataclass(frozen=True)
class Operator:
    """Gives commands, each in a process of its own."""

    environment: Mapping[str, str]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        argv = [sys.executable, "manage.py", *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(argv, cwd=_ROOT, env=dict(self.environment), stdout=pipe, stderr=pipe, text=True)  # noqa: S603  our own program

    def run(self, *arguments: str) -> Any:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=_MOST_SECONDS)
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(arguments)} has ended with {process.returncode}: {err[-2000:]}")
        return json.loads(out) if "--json" in arguments else out


def life(world: World) -> Iterator[Row]:
    """Take a company through its end and back; nobody else is touched, and nothing of it is left or lost."""
    with _operator(world) as operator, _stored(world) as database:
        scene = _scene(world, operator, database)
        with _rivals_requests(world, scene.rival) as quiet:
            time.sleep(_QUIET_SECONDS)
        with _rivals_requests(world, scene.rival) as load:
            deaths = sum(_killed_at_it(scene) for _ in range(world.size.company_kills))
            content = operator.run(*scene.delete, "--json")["content"]
        yield _of_the_certificate(scene, content["removed"]["mongodb"], deaths=deaths, kills=world.size.company_kills)
        yield _of_the_rival(load.replies, quiet=quiet.replies)
        yield _of_what_is_left(scene)
        yield _of_the_others(scene, "after the deletion", without=scene.ours)
        yield from _restored(scene)


@dataclass(frozen=True)
class Scene:
    """A company that is to be deleted, what there was of it, and another one."""

    operator: Operator
    database: Stored
    company: Tenant
    rival: Tenant
    file: Path
    sums: Mapping[str, str]
    has: Mapping[str, int]
    ours: tuple[ObjectId, ...]
    shared: ObjectId
    others: str

    @property
    def delete(self) -> tuple[str, ...]:
        slug = self.company.slug
        return ("company", "delete", slug, "--now", "--confirm", slug, "--reason", "a proof")


def _scene(world: World, operator: Operator, database: Stored) -> Scene:
    company, rival = people.found(), people.found()
    _fill(world, rival, tasks=world.size.company_tasks // 10)
    _fill(world, company, tasks=world.size.company_tasks)
    shared = people.join_as_well(company, rival.owner.email)
    until(lambda: not database.audit_pending.find_one({}), seconds=_SEALED_SECONDS)
    ours = _named(database, company.id, but=shared)
    file = world.folder / f"{company.slug}.tar.gz"
    sums = _exported(operator, company.slug, file)
    has = {**_counts(database, company.id), "identities": len(ours) - 1}
    others = _hash(database, shared, without=ours)
    return Scene(operator, database, company, rival, file, sums, has, ours, shared, others)


def _killed_at_it(scene: Scene) -> bool:
    """Kill a deletion -9 at some moment after it has got on; tell whether it was still at it."""
    before = _removed(scene)
    process = scene.operator.start(*scene.delete)
    until(lambda: _removed(scene) > before or process.poll() is not None, seconds=_GETS_ON_SECONDS)
    time.sleep(_random.uniform(0, 1))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def _removed(scene: Scene) -> int:
    found = scene.database.deletions.find_one({"_id": scene.company.id}) or {}
    return sum((found.get("removed") or {}).get("mongodb", {}).values())


def _of_the_certificate(scene: Scene, removed: Mapping[str, int], *, deaths: int, kills: int) -> Row:
    wrong = {name: (count, removed.get(name, 0)) for name, count in scene.has.items() if removed.get(name) != count}
    claim = Claim("what the certificate counts is what there was, whatever was killed", "counted in the removal", "all")
    figure = f"{sum(scene.has.values()) - sum(map(sum, wrong.values()))} of {sum(scene.has.values())} documents"
    told = f"{figure} in {len(scene.has)} collections; {deaths} runs killed -9 {wrong or ''}"
    return claim.row(told, count=scene.has["tasks"], held=not wrong and deaths == kills)


def _of_the_rival(replies: list[Reply], *, quiet: list[Reply]) -> Row:
    """Compare with what they took before, since a proof has the machine seldom for itself."""
    slow, before = (percentile([each.seconds for each in some], 0.99) for some in (replies, quiet))
    failed = sum(each.status != OK for each in replies)
    claim = Claim(
        "another company's lists meanwhile: failed, p99", "parts and rests", "0, 250 ms more", is_of_time=True
    )
    told = f"{failed}, {slow * 1000:.0f} ms ({before * 1000:.0f} before) at {_PER_SECOND}/s"
    return claim.row(told, count=len(replies), held=failed == 0 and slow <= before + _SLOWER_SECONDS)


def _of_what_is_left(scene: Scene) -> Row:
    verified = scene.operator.run("company", "verify-deleted", str(scene.company.id), "--json")
    left, is_deleted = sum(each["count"] for each in verified["left"]), verified["is_deleted"]
    claim = Claim("left of it in any store; certificate", "a look through every store", "0, signed")
    looked_at = scene.database.command("dbStats")["objects"]
    return claim.row(f"{left}, {'signed' if is_deleted else 'NOT'}", count=looked_at, held=is_deleted and left == 0)


def _of_the_others(scene: Scene, when: str, *, without: Sequence[ObjectId]) -> Row:
    is_equal = _hash(scene.database, scene.shared, without=without) == scene.others
    claim = Claim(
        f"hash of all that others have, one person of both among them, {when}", "scope of each removal", "as before"
    )
    count = scene.database.tasks.count_documents({"company_id": scene.rival.id})
    return claim.row("as before" if is_equal else "ANOTHER", count=count, held=is_equal)


def _restored(scene: Scene) -> Iterator[Row]:
    name = f"{scene.company.slug}-2"
    scene.operator.run("company", "import", name, str(scene.file), "--reason", "a proof")
    again = _exported(scene.operator, name, scene.file.with_name(f"{name}.tar.gz"))
    equal = [each for each in scene.sums if scene.sums[each] == again.get(each)]
    claim = Claim("files of an export before, and after it was restored under another name", "archive", "all equal")
    told = f"{len(equal)} of {len(scene.sums)} equal by SHA-256"
    yield claim.row(told, count=scene.has["tasks"], held=len(equal) == len(scene.sums) == len(again))
    restored = scene.database.companies.find_one({"slug": name}) or {}
    without = [*scene.ours, *_named(scene.database, restored["_id"], but=scene.shared)]
    yield _of_the_others(scene, "after the restoration", without=without)


@contextmanager
def _rivals_requests(world: World, rival: Tenant) -> Iterator[Load]:
    call = Call(world.fleet.ports[0], rival.owner.token, path="/api/v1/tasks?limit=50")
    with running(lambda _: call, per_second=_PER_SECOND) as load:
        yield load


@contextmanager
def _operator(world: World) -> Iterator[Operator]:
    """Give an operator, and PostgreSQL beside the other stores."""
    urls = up(world.folder, guard=world.guard, wanted=[POSTGRES])
    operator = Operator({**os.environ, **urls})  # noqa: TID251  handed on
    operator.run("migrate", "--verbosity", "0")
    setup.apply(setup.plan())
    yield operator


@contextmanager
def _stored(world: World) -> Iterator[Stored]:
    with MongoClient[dict[str, Any]](world.mongo_url, tz_aware=True) as client:
        yield client.get_default_database()


def _exported(operator: Operator, slug: str, file: Path) -> dict[str, str]:
    """Export a company; give the SHA-256 of each file of data in it."""
    operator.run("company", "export", slug, str(file), "--reason", "a proof")
    with tarfile.open(file) as archive:
        contents = {each.name: archive.extractfile(each) for each in archive}
        return {
            name: sha256(content.read()).hexdigest()
            for name, content in contents.items()
            if content is not None and name.endswith(".ndjson")
        }


def _named(database: Stored, company_id: ObjectId, *, but: ObjectId) -> tuple[ObjectId, ...]:
    """Give the company's id and those of its people, but of one who belongs to another company as well."""
    members = database.memberships.find({"company_id": company_id, "identity_id": {"$ne": but}}, {"identity_id": 1})
    return (company_id, *(each["identity_id"] for each in members))


def _hash(database: Stored, shared: ObjectId, *, without: Sequence[ObjectId]) -> str:
    """Hash what others have; how often the person of both was held by a transaction is nothing that they have."""
    database.identities.update_one({"_id": shared}, {"$set": {"holds": 0}})
    return dumps.dump_hash(database, without=without)


def _counts(database: Stored, company_id: ObjectId) -> dict[str, int]:
    """Count what the company has, by collection, of what nobody changes while it is deleted."""
    names = ("projects", "tasks", "comments", "memberships", "webhook_endpoints", "jobs", "job_chunks", "data_keys")
    return {name: database[name].count_documents({"company_id": company_id}) for name in names}


def _fill(world: World, tenant: Tenant, *, tasks: int) -> None:
    """Give a company members, tasks that the audit knows, comments, a webhook, and an export that is done."""
    members = [ObjectId(people.join(tenant, Role.MEMBER).membership_id) for _ in range(_MEMBERS)]
    project = ObjectId(_posted(world, tenant, "projects", {"key": "APP", "name": "App"})["id"])
    reporter = ObjectId(tenant.owner.membership_id)
    with scope.company(tenant.id, location="DE"):
        for start in range(0, tasks, _PART):
            rows = [_task(number, members) for number in range(start, min(start + _PART, tasks))]
            made = bulk_create.insert_tasks(rows, project_id=project, reporter_id=reporter)
            Comment.collection().insert_many([_comment(each, members[0]) for each in made[::4]])
    _posted(world, tenant, "webhooks", {"url": "https://hooks.example.com/in"})
    job = ObjectId(_posted(world, tenant, "exports", {"format": "csv"})["id"])
    with scope.company(tenant.id, location="DE"):
        job_runs.run(job)


def _task(number: int, members: Sequence[ObjectId]) -> NewTask:
    return NewTask(f"Task {number}", f"What is to be done, {number}", assignee_id=members[number % len(members)])


def _comment(task: Mapping[str, Any], author: ObjectId) -> dict[str, Any]:
    now = clock.now()
    said = {"body": f"About {task['title']}", "version": 1, "created_at": now, "updated_at": now}
    return {"task_id": task["_id"], "author_id": author, **said}


def _posted(world: World, tenant: Tenant, path: str, body: Any) -> Any:
    reply = one(Call(world.fleet.ports[0], tenant.owner.token, "POST", f"/api/v1/{path}", body))
    assert reply.status in {201, 202}, reply.body
    return reply.json()


PROOFS = (Proof("company-life", life, in_short=False),)
