"""mongod frozen under twenty clients: nobody waits for longer than the budget, and all is as before afterwards."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from tests.faults import frozen
from tests.prove import people
from tests.prove.leases import BUDGETS
from tests.prove.load import Call, Lines, one
from tests.prove.proof import OK, Claim, Proof, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.prove.load import Reply
    from tests.prove.proof import Row
    from tests.prove.world import World

CLIENTS = 20
BUDGET_SECONDS, SLACK_SECONDS = 4.0, 0.25
AGAIN_SECONDS = 5.0
_GOOD_SHARE = 0.99
_FAIR_SECONDS = 2.0
_CALM_SECONDS = 12.0  # after which threads that a server has started for a while are gone again


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds."""

    threads: int
    descriptors: int
    connections: int

    def fits(self, before: Held) -> bool:
        # What is started once, at the first trouble, stays: a few at the most, however long the trouble was.
        spare = 3
        return all(
            after <= was + spare
            for after, was in (
                (self.threads, before.threads),
                (self.descriptors, before.descriptors),
                (self.connections, before.connections),
            )
        )


def hung(world: World) -> Iterator[Row]:
    """Let twenty clients ask one after the other while mongod is frozen, and when it runs again."""
    token = people.found().owner.token
    with world.more({**BUDGETS, "OPERATOR_TOKEN": token}) as fleet:
        served = fleet.processes[0]
        call = Call(served.port, token, path="/api/v1/tasks")
        with _asking(call) as replies:
            time.sleep(_FAIR_SECONDS)
            before = _held(served.process.pid)
            with frozen(world.mongo_pid):
                begun = time.monotonic()
                time.sleep(world.size.hung_seconds)
            ended = time.monotonic()
            time.sleep(2 * AGAIN_SECONDS)
        assert one(call).status == OK
        time.sleep(_CALM_SECONDS)
        after = _held(served.process.pid)
    yield _in_time([reply for reply in replies if begun <= reply.ended_at and reply.at <= ended])
    yield _good_again([reply for reply in replies if reply.at >= ended + AGAIN_SECONDS])
    claim = Claim("threads, descriptors, connections as before", "nothing is left behind", "+ <= 3 each")
    yield claim.row(f"{before} -> {after}".replace("Held", ""), count=1, held=after.fits(before))


@contextmanager
def _asking(call: Call) -> Iterator[list[Reply]]:
    """Ask in a closed loop: each client sends when it has heard."""
    replies: list[Reply] = []
    ended = threading.Event()

    def ask() -> None:
        lines = Lines()
        while not ended.wait(0.02):
            replies.append(lines.send(call))
        lines.close()

    threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield replies
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _held(supervisor_pid: int) -> Held:
    worker = psutil.Process(supervisor_pid).children()[-1]
    connections = sum(each.status == psutil.CONN_ESTABLISHED for each in worker.net_connections("tcp"))
    return Held(worker.num_threads(), worker.num_fds(), connections)


def _in_time(replies: list[Reply]) -> Row:
    slowest = max(reply.seconds for reply in replies)
    bound = BUDGET_SECONDS + SLACK_SECONDS
    claim = Claim(f"mongod frozen under {CLIENTS} clients", "budget, heartbeat, breaker", f"<= {bound:g} s each")
    return claim.row(f"slowest {slowest:.2f} s; {told(replies)}", count=len(replies), held=slowest <= bound)


def _good_again(replies: list[Reply]) -> Row:
    share = sum(reply.status == OK for reply in replies) / len(replies)
    claim = Claim(f"{AGAIN_SECONDS:g} s after SIGCONT", "the breaker closes, the pool heals", ">= 99 % good")
    return claim.row(f"{share:.1%}", count=len(replies), held=share >= _GOOD_SHARE)


PROOFS = (Proof("hung", hung, needs=("heartbeat",)),)
