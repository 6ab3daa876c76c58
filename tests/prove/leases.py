"""Requests at a time: a process that is killed in the middle of them takes no slot with it for good."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from tests.faults import frozen
from tests.prove import people
from tests.prove.load import Call, one
from tests.prove.proof import OK, TOO_MANY, Claim, Proof, server_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.prove.load import Reply
    from tests.prove.proof import Row
    from tests.prove.world import World

_SLOTS = 3
# Short budgets, so that leases, which outlive the longest request, are soon over.
BUDGETS = {
    "MONGO_SERVER_SELECTION_TIMEOUT": "500",
    "MONGO_SOCKET_TIMEOUT": "2000",
    "SQS_TIMEOUT_MS": "2000",
    "SERVICE_TIMEOUT_MS": "3000",
    "REQUEST_TIMEOUT_MS": "4000",
    "WORKER_TIMEOUT_MS": "5000",
    "PROXY_TIMEOUT_MS": "6000",
}
LEASE_SECONDS = 4 + 5
_SLACK_SECONDS = 1.0


def leases(world: World) -> Iterator[Row]:
    """Kill a process that holds all slots of a company; another process has them again when the leases are over."""
    seconds, seen, before = [], [], 0
    for _ in range(world.size.kills):
        with world.more(BUDGETS, BUDGETS) as fleet:
            holder, other = fleet.processes
            tenant = people.found(concurrency=_SLOTS)
            call = Call(other.port, tenant.owner.token)
            assert {one(Call(port, tenant.owner.token)).status for port in fleet.ports} == {OK}
            with frozen(world.mongo_pid):
                threads = _held(holder.port, tenant.owner.token)
                time.sleep(0.5)
                full = one(call)
                before += full.status == TOO_MANY and b"concurrency" in full.body
                killed_at = time.monotonic()
                fleet.kill(holder)
            for thread in threads:
                thread.join()
            replies = _until_free(call)
        seconds.append(replies[-1].at - killed_at if replies[-1].status == OK else float("inf"))
        seen += replies
    held = before == world.size.kills and max(seconds) <= LEASE_SECONDS + _SLACK_SECONDS and not server_errors(seen)
    figure = f"full before in {before} of {world.size.kills}; free after {max(seconds):.1f} s at most"
    bound = f"<= {LEASE_SECONDS} s (+ {_SLACK_SECONDS:g})"
    claim = Claim("slots of a process killed by SIGKILL", "leases that expire in Redis", bound)
    yield claim.row(figure, count=len(seen), held=held)


def _held(port: int, token: str) -> list[threading.Thread]:
    """Send as many requests as there are slots; each waits for a MongoDB that does not answer."""
    threads = [threading.Thread(target=one, args=(Call(port, token),), daemon=True) for _ in range(_SLOTS)]
    for thread in threads:
        thread.start()
    return threads


def _until_free(call: Call) -> list[Reply]:
    replies = [one(call)]
    deadline = time.monotonic() + 2 * LEASE_SECONDS
    while replies[-1].status != OK and time.monotonic() < deadline:
        time.sleep(0.1)
        replies.append(one(call))
    return replies


PROOFS = (Proof("leases", leases, needs=("lease-expiry",)),)
