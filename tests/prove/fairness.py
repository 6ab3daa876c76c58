"""Neighbours: users inside a company, and companies beside each other."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.prove import people
from tests.prove.load import Call, paced, percentile, running
from tests.prove.proof import OK, TOO_MANY, Claim, Proof, server_errors, statuses, unless_busy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.prove.people import Caller
    from tests.prove.proof import Row
    from tests.prove.world import World

_QUOTA, _WINDOW_SECONDS = 40, 4
_RATE = _QUOTA / _WINDOW_SECONDS
_FLOOD = 10  # times what the limit allows
_QUIET_PER_SECOND = 40
_LOUD_BURST = 400  # more than the quiet one may have at once, so that it would notice if they shared


def users(world: World) -> Iterator[Row]:
    """Let one user of a company flood it: another gets its share; alone the first may use all."""
    seconds = world.size.share_seconds
    tenant = people.found(quota=_QUOTA, window_seconds=_WINDOW_SECONDS)
    loud, modest = people.join(tenant), people.join(tenant)
    with running(_round(world, loud), per_second=_RATE * _FLOOD) as flood:
        time.sleep(_WINDOW_SECONDS)  # the burst is used up
        begun = len(flood.replies)
        time.sleep(seconds)
        alone = statuses(flood.replies[begun:])[OK] / seconds
        with running(_round(world, modest), per_second=_RATE * 0.8) as wanted:
            time.sleep(seconds)
        together = statuses(wanted.replies)[OK] / seconds
    count = len(flood.replies) + len(wanted.replies)
    claim = Claim("a user beside a flooding one", "a share per principal, enforced below half", ">= 45 % of the rate")
    yield claim.row(f"{together / _RATE:.0%}", count=count, held=together >= 0.45 * _RATE)
    claim = Claim("a user alone may use all", "the share binds only with others", ">= 90 % of the rate")
    yield claim.row(f"{alone / _RATE:.0%}", count=count, held=alone >= 0.9 * _RATE)


def companies(world: World) -> Iterator[Row]:
    """Let one company flood at ten times its limit: the quiet one beside it is never refused, nor much later served."""
    return unless_busy(lambda: _loud_and_quiet(world))


def _loud_and_quiet(world: World) -> Iterator[Row]:
    loud = people.found(quota=_LOUD_BURST, window_seconds=int(_LOUD_BURST / _RATE))
    quiet = people.found(quota=2 * _QUIET_PER_SECOND * _WINDOW_SECONDS, window_seconds=_WINDOW_SECONDS)
    ports, count = world.fleet.ports, world.size.quiet_requests
    calls = [Call(ports[number % len(ports)], quiet.owner.token) for number in range(count)]
    paced(calls[:100], per_second=_QUIET_PER_SECOND)
    solo = paced(calls, per_second=_QUIET_PER_SECOND)
    with running(_round(world, loud.owner), per_second=_RATE * _FLOOD) as flood:
        time.sleep(_LOUD_BURST / (_RATE * _FLOOD) * 1.2)  # its burst is used up
        beside = paced(calls, per_second=_QUIET_PER_SECOND)
    refused = statuses(beside)[TOO_MANY]
    flooded = f"{statuses(flood.replies)[TOO_MANY]} of the flood's {len(flood.replies)} refused"
    claim = Claim("a quiet company beside a flood: 429s", "a quota per company", "0")
    yield claim.row(f"{refused}; {flooded}", count=count, held=refused == 0 and server_errors(beside) == 0)
    before, after = (percentile([each.seconds for each in load], 0.99) * 1000 for load in (solo, beside))
    claim = Claim("a quiet company beside a flood: p99", "a refusal is cheap", "<= 2 x solo", is_of_time=True)
    figure = f"{before:.1f} -> {after:.1f} ms ({after / before:.2f} x)"
    yield claim.row(figure, count=count, held=after <= 2 * before)


def _round(world: World, caller: Caller) -> Callable[[int], Call]:
    ports = world.fleet.ports
    return lambda number: Call(ports[number % len(ports)], caller.token)


PROOFS = (
    Proof("users", users, needs=("principal-share",)),
    Proof("companies", companies, needs=("company-buckets",)),
)
