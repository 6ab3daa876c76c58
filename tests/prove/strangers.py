"""What clients and clocks may claim: a forged X-Forwarded-For, and machines whose clocks are a minute off."""

from __future__ import annotations

import random
import time
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from tests.api import PASSWORD
from tests.prove import people
from tests.prove.limits import CALLERS, QUOTA, WINDOW_SECONDS, exact_row
from tests.prove.load import Call, at_once, one, paced
from tests.prove.probing import BOUND_SECONDS, probing
from tests.prove.proof import OK, TOO_MANY, Claim, Proof, statuses, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.prove.fleet import Fleet
    from tests.prove.proof import Row
    from tests.prove.world import World

_TRIES = 40
_LOGIN = "/api/v1/auth/login"
_FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"


def forged(world: World) -> Iterator[Row]:
    """Send each request with an address of its own in X-Forwarded-For: whoever counts, counts one client."""
    tenant = people.found(quota=QUOTA, window_seconds=WINDOW_SECONDS)
    ports = cycle(world.fleet.ports)
    calls = [Call(next(ports), tenant.owner.token, headers=_forged()) for _ in range(CALLERS)]
    admitted = statuses(at_once(calls))[OK]
    claim = Claim("forged X-Forwarded-For: quota", "the company comes from the credential", f"{QUOTA}")
    yield claim.row(f"{admitted} admitted", count=CALLERS, held=admitted == QUOTA)
    environment = {"PROVE_LOCKOUT": "true"}
    with world.more(environment, environment) as fleet:
        honest, liar = (_tries(fleet, headers) for headers in ({}, _forged))
    claim = Claim("forged X-Forwarded-For: login", "the peer's address, by TRUSTED_PROXY_COUNT", "the same")
    figure = f"{liar} tries before the lock; {honest} without"
    yield claim.row(figure, count=2 * _TRIES, held=0 < liar == honest < _TRIES)


def _tries(fleet: Fleet, headers: object) -> int:
    """Guess a password until refused without being heard; tell how many guesses were heard."""
    tenant = people.found()
    body = {"email": tenant.owner.email, "password": "not the password of anybody"}
    ports = cycle(fleet.ports)
    heard = 0
    for _ in range(_TRIES):
        given = headers() if callable(headers) else {}
        reply = one(Call(next(ports), method="POST", path=_LOGIN, body=body, headers=given))
        if reply.status == TOO_MANY:
            break
        heard += 1
    return heard


def _forged() -> dict[str, str]:
    return {"X-Forwarded-For": ".".join(str(random.randint(1, 254)) for _ in range(4))}  # noqa: S311  an address at random


def skewed(world: World) -> Iterator[Row]:
    """Let two of four processes live a minute ahead and a minute behind: all decide alike."""
    assert Path(_FAKETIME).exists(), "faketime is not installed: apt-get install faketime"
    clocks = [{"LD_PRELOAD": _FAKETIME, "FAKETIME": by, "FAKETIME_DONT_FAKE_MONOTONIC": "1"} for by in ("+60s", "-60s")]
    with world.more(*clocks) as off:
        fleet = world.fleet[:2] + off
        mechanism = "time is Redis' own"
        yield exact_row(fleet, "clocks 60 s off: quota", trials=world.size.bursts, mechanism=mechanism)
        yield _valid(fleet)
        yield _revoked(world, fleet)


def _valid(fleet: Fleet) -> Row:
    """Sign in at each process, and be taken by all of them."""
    tenant, tokens = people.found(), []
    body = {"email": tenant.owner.email, "password": PASSWORD}
    for port in fleet.ports:
        reply = one(Call(port, method="POST", path=_LOGIN, body=body))
        assert reply.status == OK, reply.body
        tokens.append(reply.json()["access_token"])
    replies = paced([Call(port, token) for token in tokens for port in fleet.ports] * 5, per_second=100)
    claim = Claim("clocks 60 s off: valid tokens", "a clock decides about expiry alone", "200 alone")
    return claim.row(told(replies), count=len(replies), held=set(statuses(replies)) == {OK})


def _revoked(world: World, fleet: Fleet) -> Row:
    """Log out at each process in turn, and be refused by all of them."""
    slowest, held, count = 0.0, True, 0
    for port in fleet.ports:
        victim = people.join(people.found())
        with probing(fleet, victim.token) as probes:
            probes.wait_until_good()
            assert one(Call(port, victim.token, "POST", "/api/v1/auth/logout")).status == 204
            returned = time.monotonic()
            time.sleep(BOUND_SECONDS + 0.3)
        slowest = max(slowest, probes.last_accepted(returned))
        held = held and probes.refused_after(returned + BOUND_SECONDS)
        count += len(probes.replies)
    figure = f"{slowest * 1000:.0f} ms at most"
    claim = Claim("clocks 60 s off: revoked tokens", "versions, not times", "<= 1 s")
    return claim.row(figure, count=count, held=held and slowest <= BOUND_SECONDS)


PROOFS = (Proof("forged", forged, needs=("peer-address",)), Proof("skewed", skewed, needs=("clock-of-redis",)))
