"""Many uses of one refresh token at the same instant, over all processes: one successor, the same for everybody."""

from __future__ import annotations

from itertools import cycle, islice
from typing import TYPE_CHECKING

from tests.prove import people
from tests.prove.load import Call, at_once
from tests.prove.proof import OK, Claim, Proof, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.prove.proof import Row
    from tests.prove.world import World

REFRESH = "/api/v1/auth/refresh"


def rotation(world: World) -> Iterator[Row]:
    """Refresh with one token from 12, 20 and 50 callers at once."""
    for callers in world.size.at_once:
        yield _row(world, callers=callers)


def _row(world: World, *, callers: int) -> Row:
    tenant, good, replies = people.found(), 0, []
    for _ in range(world.size.rotations):
        token = people.sign_in(tenant).refresh_token
        body = {"refresh_token": token}
        ports = islice(cycle(world.fleet.ports), callers)
        answers = at_once([Call(port, method="POST", path=REFRESH, body=body) for port in ports])
        successors = {reply.json()["refresh_token"] for reply in answers if reply.status == OK}
        is_second = all(each.split("_")[2] == "2" for each in successors)
        good += len(successors) == 1 and is_second and all(reply.status == OK for reply in answers)
        replies += answers
    trials = world.size.rotations
    figure = f"one family in {good} of {trials}; {told(replies)}"
    claim = Claim(f"{callers} refreshes of one token at once", "compare-and-set in MongoDB", "one, the same for all")
    return claim.row(figure, count=trials * callers, held=good == trials)


PROOFS = (Proof("rotation", rotation, needs=("compare-and-set",)),)
