"""Revocations that Redis did not hear of, and both stores away: what Redis still says must not let anybody in."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.faults import frozen, kill_server
from tests.prove import people
from tests.prove.load import Call, one, paced
from tests.prove.probing import BOUND_SECONDS, probing
from tests.prove.proof import OK, UNAVAILABLE, Claim, Proof, statuses, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tests.prove.fleet import Fleet
    from tests.prove.proof import Row
    from tests.prove.world import World

_AFTER_SECONDS = 4.0
_RECOVERY_SECONDS = 5.0


def stale(world: World) -> Iterator[Row]:
    """Revoke while Redis hears nothing, then give it back with its old "live": no process takes that for true."""
    yield _row("SIGSTOP .. revoked .. SIGCONT", world, world.fleet, lambda: frozen(world.redis_pid))
    with world.behind_proxy() as (fleet, proxy):

        @contextmanager
        def cut_off() -> Iterator[None]:
            proxy.refuses()
            try:
                yield
            finally:
                proxy.passes()

        yield _row("cut off .. revoked .. joined", world, fleet, cut_off)


def _row(name: str, world: World, fleet: Fleet, fault: Callable[[], AbstractContextManager[object]]) -> Row:
    slowest, held, count = 0.0, True, 0
    for _ in range(world.size.partitions):
        tenant = people.found()
        victim = people.join(tenant)
        with probing(fleet, victim.token) as probes:
            probes.wait_until_good()
            with fault():
                time.sleep(1)
                reply = one(Call(fleet.ports[0], victim.token, "POST", "/api/v1/auth/logout"))
                assert reply.status == 204, (reply.status, reply.body)
                returned = time.monotonic()
                time.sleep(2)
            time.sleep(_AFTER_SECONDS)
        slowest = max(slowest, probes.last_accepted(returned))
        held = held and probes.refused_after(returned + BOUND_SECONDS) and not probes.troubles()
        count += len(probes.replies)
    figure = f"last accepted {slowest * 1000:.0f} ms after the call"
    claim = Claim(name, "changes are read from MongoDB as well", "<= 1 s, then never")
    return claim.row(figure, count=count, held=held and slowest <= BOUND_SECONDS)


def both_away(world: World) -> Iterator[Row]:
    """Take both stores away: 503 for everybody, a 401 for nobody; and all good again when they are back."""
    tenant = people.found()
    callers = [tenant.owner, *(people.join(tenant) for _ in range(3))]
    calls = [Call(port, caller.token) for port in world.fleet.ports for caller in callers] * 2
    assert set(statuses(paced(calls, per_second=100))) == {OK}
    world.kill_redis()
    kill_server(world.mongo_url)
    try:
        time.sleep(1)
        away = paced(calls, per_second=20, workers=64)
    finally:
        world.start_mongo()
        world.start_redis()
    claim = Claim("both stores killed", "503, and never 401", "503 alone")
    yield claim.row(told(away), count=len(away), held=set(statuses(away)) == {UNAVAILABLE})
    time.sleep(_RECOVERY_SECONDS)
    back = paced(calls, per_second=50)
    claim = Claim("both stores back", "nobody was signed out", "200 alone")
    yield claim.row(told(back), count=len(back), held=set(statuses(back)) == {OK})


PROOFS = (
    Proof("stale", stale, needs=("change-feed",)),
    Proof("both-away", both_away, needs=("closed-without-stores",)),
)
