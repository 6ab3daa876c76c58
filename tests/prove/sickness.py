"""Each dependency sick in each way: what still works, what says no, how late, and how soon all is well again.

The table of the failure policy (promises.md), cell by cell. A process of its own, whose way to each store leads through
a proxy, so that the other proofs' fleet stays well.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pymongo import MongoClient

from config.apps import sqs_options
from novapulse.data import registry
from novapulse.data.sqs import SqsProvider
from novapulse.local.aws import AWS
from novapulse.local.postgres import POSTGRES
from novapulse.local.stack import up
from novapulse.queues import outbox, setup
from novapulse.queues.documents import OutboxRow
from tests.api import PASSWORD
from tests.faults import frozen, server_of
from tests.faults.proxy import proxied
from tests.prove import people
from tests.prove.leases import BUDGETS
from tests.prove.load import Call, at_once, one, percentile
from tests.prove.proof import OK, Claim, Proof

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from tests.faults.proxy import Proxy
    from tests.prove.load import Reply
    from tests.prove.people import Tenant
    from tests.prove.proof import Row
    from tests.prove.world import World

CREATED = 201
REFUSED = frozenset({503, 504})
BUDGET_SECONDS = 4.0
LATE_SECONDS = BUDGET_SECONDS + 0.25 + 0.75  # the last where no MongoDB server can be selected
HEALTH_SECONDS = 0.05
BUSY_HEALTH_SECONDS = 0.25  # of a single answer, while other requests are under way
RECOVERY_SECONDS = 10.0
_SETTLING_SECONDS = 2.0  # where the fault is felt: a round of the prober, and what a breaker needs to see
_HEALTH_REQUESTS = 100
_WRITES = 25  # each puts off an event: more than two batches of SQS
_OPERATIONS = ("read", "write", "login", "refresh", "live", "ready")


@dataclass(frozen=True, slots=True)
class Dependency:
    """A store behind its proxy; `stops` where the service cannot do without it."""

    name: str
    variable: str
    url: str
    proxy: Proxy
    stops: bool = False

    @property
    def proxied_url(self) -> str:
        # Directly: a client that asks the set for its members would go past the proxy.
        return _by_port(self.url, self.proxy.port).replace("replicaSet=rs0", "directConnection=true")

    def faults(self) -> Mapping[str, Callable[[], AbstractContextManager[object]]]:
        proxy = self.proxy
        return {
            "refused": lambda: self._turned(proxy.refuses),
            "blackhole": lambda: self._turned(proxy.swallows),
            "SIGSTOP": lambda: frozen(server_of(self.url)),
            "slow 2 s": lambda: self._turned(lambda: proxy.slows(2_000)),
            "50 % errors": self._failing if self.stops else lambda: self._turned(lambda: proxy.resets(after_bytes=300)),
        }

    @contextmanager
    def _turned(self, turn: Callable[[], None]) -> Iterator[None]:
        turn()
        try:
            yield
        finally:
            self.proxy.passes()

    @contextmanager
    def _failing(self) -> Iterator[None]:
        commands = ["find", "insert", "update", "findAndModify", "aggregate", "commitTransaction"]
        data = {"closeConnection": True, "failCommands": commands}
        with MongoClient[dict[str, Any]](self.url) as client:
            client.admin.command("configureFailPoint", "failCommand", mode={"activationProbability": 0.5}, data=data)
            try:
                yield
            finally:
                client.admin.command("configureFailPoint", "failCommand", mode="off")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes the six requests; every refresh takes a session of its own."""

    tenant: Tenant
    project: str
    port: int

    def calls(self) -> tuple[Call, ...]:
        token, owner = self.tenant.owner.token, self.tenant.owner.email
        credentials = {"email": owner, "password": PASSWORD, "company_slug": self.tenant.slug}
        task = {"project_id": self.project, "title": "sick"}
        fresh = {"refresh_token": people.sign_in(self.tenant).refresh_token}
        return (
            Call(self.port, token, path="/api/v1/tasks"),
            Call(self.port, token, "POST", "/api/v1/tasks", body=task),
            Call(self.port, method="POST", path="/api/v1/auth/login", body=credentials),
            Call(self.port, method="POST", path="/api/v1/auth/refresh", body=fresh),
            Call(self.port, path="/health/live"),
            Call(self.port, path="/health/ready"),
        )


@contextmanager
def _surroundings(world: World) -> Iterator[tuple[Sequence[Dependency], int]]:
    urls = {**world.urls, **up(world.folder, guard=world.guard, wanted=[POSTGRES, AWS])}
    _make_queues(urls["AWS_ENDPOINT_URL"])
    with ExitStack() as stack:
        dependencies = [
            Dependency(name, variable, urls[variable], stack.enter_context(proxied(_port(urls[variable]))), stops=stops)
            for name, variable, stops in (
                ("MongoDB", "MONGO_URI", True),
                ("Redis", "REDIS_URL", False),
                ("PostgreSQL", "DATABASE_URL", False),
                ("SQS", "AWS_ENDPOINT_URL", False),
            )
        ]
        given = {each.variable: each.proxied_url for each in dependencies}
        fleet = stack.enter_context(world.more({**BUDGETS, **given}))
        yield dependencies, fleet.ports[0]


def _caller(port: int) -> Caller:
    """Found a company: what a fault has left behind must not be taken for the work of the next."""
    tenant = people.found()
    project = one(Call(port, tenant.owner.token, "POST", "/api/v1/projects", body={"key": "SICK", "name": "Sick"}))
    assert project.status == CREATED, (project.status, project.body)
    return Caller(tenant, project.json()["id"], port)


def _port(url: str) -> int:
    return int(url.partition("://")[2].rpartition("@")[2].partition("/")[0].rpartition(":")[2])


def _by_port(url: str, port: int) -> str:
    return url.replace(f":{_port(url)}", f":{port}")


def _make_queues(endpoint_url: str) -> None:
    registry.register(SqsProvider(replace(sqs_options(), endpoint_url=endpoint_url)))
    setup.apply(setup.plan())


def policy(world: World) -> Iterator[Row]:
    """Make each dependency sick in each way, and send the six requests at once, again and again."""
    with _surroundings(world) as (dependencies, port):
        for dependency in dependencies:
            for name, fault in list(dependency.faults().items())[: world.size.policy_faults]:
                yield _cell(dependency, name, fault, _caller(port), tries=world.size.policy_tries)
                if dependency.name == "SQS":
                    yield _kept(name, fault, _caller(port))


def _kept(name: str, fault: Callable[[], AbstractContextManager[object]], caller: Caller) -> Row:
    """Make tasks of a company with a webhook while SQS is sick: the events are put off, and sent once it is well."""
    token, company_id = caller.tenant.owner.token, str(caller.tenant.id)
    webhook = {"url": "https://1.1.1.1/nobody-sends-there"}
    assert one(Call(caller.port, token, "POST", "/api/v1/webhooks", body=webhook)).status == CREATED
    task = {"project_id": caller.project, "title": "sick"}
    calls = [Call(caller.port, token, "POST", "/api/v1/tasks", body=task) for _ in range(_WRITES)]
    with fault():
        time.sleep(_SETTLING_SECONDS)
        replies = [one(call) for call in calls]
        time.sleep(outbox.GRACE.total_seconds() + 1)  # somebody has tried to send it by now
        kept = OutboxRow.collection().count_documents({"company_id": company_id})
    well_at = time.monotonic()
    while left := OutboxRow.collection().count_documents({"company_id": company_id, "due_at": {"$ne": None}}):
        if time.monotonic() - well_at > 3 * RECOVERY_SECONDS:
            break
        time.sleep(0.1)
    seconds, slowest = time.monotonic() - well_at, max(reply.seconds for reply in replies)
    made = sum(reply.status == CREATED for reply in replies)
    claim = Claim(f"SQS {name}: the outbox keeps", "outbox, sweeper", f"all; sent <= {RECOVERY_SECONDS:g} s after")
    figure = f"{made} written, slowest {slowest:.2f} s; {kept} kept, sent {seconds:.1f} s after it was well"
    held = made == kept == _WRITES and not left and seconds <= RECOVERY_SECONDS
    return claim.row(figure, count=_WRITES, held=held)


def _cell(
    dependency: Dependency,
    name: str,
    fault: Callable[[], AbstractContextManager[object]],
    caller: Caller,
    *,
    tries: int,
) -> Row:
    rounds = [caller.calls() for _ in range(tries)]
    with fault():
        time.sleep(_SETTLING_SECONDS if dependency.stops else 0)
        replies = [_in_order(calls, at_once(calls)) for calls in rounds]
    recovery = _recovered(caller, since=time.monotonic())
    may_work = not dependency.stops or name in {"slow 2 s", "50 % errors"}
    wrong = [
        f"{operation} {reply.status} in {reply.seconds:.2f} s"
        for each in replies
        for operation, reply in zip(_OPERATIONS, each, strict=True)
        if not _as_promised(operation, reply, may_work=may_work, may_fail=dependency.stops)
    ]
    shown = ", ".join(f"{operation} {reply.status}" for operation, reply in zip(_OPERATIONS, replies[-1], strict=True))
    slowest = max(reply.seconds for each in replies for reply in each)
    figure = f"{shown}; slowest {slowest:.2f} s; well after {recovery:.1f} s" + "".join(
        f"; WRONG {each}" for each in wrong
    )
    bound = (
        f"503 or 504, health 200; <= {RECOVERY_SECONDS:g} s"
        if dependency.stops
        else f"works; <= {RECOVERY_SECONDS:g} s"
    )
    held = not wrong and recovery <= RECOVERY_SECONDS
    return Claim(f"{dependency.name} {name}", "guards, budgets, the prober", bound).row(
        figure, count=len(replies) * len(_OPERATIONS), held=held
    )


def _in_order(calls: Sequence[Call], replies: Sequence[Reply]) -> list[Reply]:
    return [next(reply for reply in replies if reply.call is call) for call in calls]


def _as_promised(operation: str, reply: Reply, *, may_work: bool, may_fail: bool) -> bool:
    if operation in {"live", "ready"}:
        return reply.status == OK and reply.seconds < BUSY_HEALTH_SECONDS
    works = may_work and reply.status in {OK, CREATED}
    refuses = may_fail and reply.status in REFUSED
    return (works or refuses) and reply.seconds <= LATE_SECONDS


def _recovered(caller: Caller, *, since: float) -> float:
    """Wait until all six requests succeed; tell how long that took."""
    while time.monotonic() - since < 3 * RECOVERY_SECONDS:
        sent = time.monotonic()
        if all(reply.status in {OK, CREATED} for reply in map(one, caller.calls())):
            return sent - since
        time.sleep(0.1)
    return float("inf")


def health(world: World) -> Iterator[Row]:
    """Freeze all stores at once: health answers from memory."""
    with _surroundings(world) as (dependencies, port), ExitStack() as stores:
        for dependency in dependencies:
            stores.enter_context(frozen(server_of(dependency.url)))
        for path in ("/health/live", "/health/ready"):
            replies = [one(Call(port, path=path)) for _ in range(_HEALTH_REQUESTS)]
            late = percentile([reply.seconds for reply in replies], 0.99)
            held = {reply.status for reply in replies} == {OK} and late <= HEALTH_SECONDS
            claim = Claim(f"{path}, every store frozen", "the prober", f"200, p99 <= {HEALTH_SECONDS * 1000:g} ms")
            yield claim.row(f"p99 {late * 1000:.1f} ms", count=len(replies), held=held)


PROOFS = (
    Proof("policy", policy, needs=("request-budget",)),
    Proof("health", health),
)
