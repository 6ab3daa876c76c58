"""Whatever ends a credential, every process refuses it within a second after the call has returned."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.prove import causes, people, probing
from tests.prove.probing import BOUND_SECONDS
from tests.prove.proof import Claim, Proof

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.prove.causes import Cause
    from tests.prove.people import Caller, Tenant
    from tests.prove.probing import Question
    from tests.prove.proof import Row
    from tests.prove.world import World

_WATCHED_SECONDS = 1.5
_PROJECTED = "versions, in Redis before the call returns"
_BOUND = "<= 1 s everywhere"


def revocation(world: World) -> Iterator[Row]:
    """End a session by each cause while it is probed everywhere."""
    for name, cause in causes.CAUSES.items():
        yield _row(world, Claim(f"ended by: {name}", _PROJECTED, _BOUND), cause)
    claim = Claim("ended by: API key revoked", _PROJECTED, _BOUND)
    yield _row(world, claim, causes.revoke_api_key, victim_of=causes.issue_api_key)
    claim = Claim("no change any more: company read-only", "limits, in Redis before the call returns", _BOUND)
    yield _row(world, claim, causes.make_read_only, victim_of=_owner, question=probing.CHANGE)


def retirement(world: World) -> Iterator[Row]:
    """Retire the key that signed a token while the token is probed everywhere."""
    claim = Claim("ended by: signing key retired", "changes, read from MongoDB twice a second", _BOUND)
    yield _row(world, claim, causes.retire_key)


def _member(_world: World, tenant: Tenant) -> Caller:
    return people.join(tenant)


def _owner(_world: World, tenant: Tenant) -> Caller:
    return tenant.owner


def _row(
    world: World,
    claim: Claim,
    cause: Cause,
    *,
    victim_of: Callable[[World, Tenant], Caller] = _member,
    question: Question = probing.READ,
) -> Row:
    slowest, held, count = 0.0, True, 0
    for _ in range(world.size.revocations):
        tenant = people.found()
        victim = victim_of(world, tenant)
        with probing.probing(world.fleet, victim.token, question=question) as probes:
            probes.wait_until_good()
            cause(world, tenant, victim)
            returned = time.monotonic()
            time.sleep(_WATCHED_SECONDS)
        slowest = max(slowest, probes.last_accepted(returned))
        held = held and probes.refused_after(returned + BOUND_SECONDS) and not probes.troubles()
        count += len(probes.replies)
    figure = f"{slowest * 1000:.0f} ms at most in {world.size.revocations}"
    return claim.row(figure, count=count, held=held and slowest <= BOUND_SECONDS)


PROOFS = (
    Proof("revocation", revocation, needs=("revocation",)),
    Proof("retirement", retirement, needs=("change-feed",)),
)
