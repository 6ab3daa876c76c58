"""The same load in fair weather and in foul: who is let in, how much later, and how it is afterwards.

The load is of five kinds of requests in turn: three of people whose credentials are good, one of a session that was
revoked before the fault, one of a session that is revoked in the middle of it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.tenants import api as tenants_api
from tests.prove import people
from tests.prove.limits import CALLERS, QUOTA, burst
from tests.prove.load import Call, Load, Reply, one, paced, percentile, running
from tests.prove.probing import BOUND_SECONDS
from tests.prove.proof import OK, Claim, server_errors, statuses, unless_busy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tests.prove.fleet import Fleet
    from tests.prove.people import Caller
    from tests.prove.proof import Row
    from tests.prove.world import World

PER_SECOND = 100
RECOVERY_SECONDS = 5.0
ADDED_MS = 30
_LATE_OF_A_THOUSAND = 10
_LAST = 8
_METERED = {"quota": 10_000, "window_seconds": 86_400}  # gives back one unit in 8 s: what is charged stays in sight


@dataclass(frozen=True, slots=True)
class Weather:
    """A fault's name, and where it strikes; `forgets` where Redis loses what it has counted, again and again."""

    name: str
    world: World
    fleet: Fleet
    forgets: bool = False


@dataclass(frozen=True, slots=True)
class Cast:
    """Who sends the load."""

    good: tuple[Caller, ...]
    gone: Caller
    leaving: Caller

    def call(self, number: int, ports: tuple[int, ...]) -> Call:
        turn = (*self.good, self.gone, self.leaving)
        return Call(ports[number % len(ports)], turn[number % len(turn)].token)  # 4 and 5: each meets each


@dataclass(frozen=True, slots=True)
class Seen:
    """What came back while the fault lasted; `left_at` is when the call that revoked the leaving one had returned."""

    cast: Cast
    replies: tuple[Reply, ...]
    left_at: float

    def of(self, *callers: Caller) -> list[Reply]:
        tokens = {caller.token for caller in callers}
        return [reply for reply in self.replies if reply.call.token in tokens]

    @property
    def valid_refused(self) -> int:
        return sum(reply.status != OK for reply in self.of(*self.cast.good))

    @property
    def revoked_accepted(self) -> int:
        late = [reply for reply in self.of(self.cast.leaving) if reply.at > self.left_at + BOUND_SECONDS]
        return statuses([*late, *self.of(self.cast.gone)])[OK]


def under(weather: Weather, fault: Callable[[], AbstractContextManager[None]]) -> Iterator[Row]:
    """Send the load in fair weather, then through the fault, and see how soon all is exact again."""
    return unless_busy(lambda: _once(weather, fault))


def _once(weather: Weather, fault: Callable[[], AbstractContextManager[None]]) -> Iterator[Row]:
    cast, ports, count = _cast(weather), weather.fleet.ports, weather.world.size.fault_requests
    metered = people.found(**_METERED)
    meter = [Call(port, metered.owner.token) for port in ports]
    fair = paced([cast.call(number, ports) for number in range(count)], per_second=PER_SECOND)
    sent = [one(call) for call in meter]
    with running(lambda number: cast.call(number, ports), per_second=PER_SECOND) as load:
        time.sleep(0.5)
        with fault():
            seen = _through(load, cast, count=count, revoke=lambda: _log_out(weather, cast.leaving))
            sent += [one(call) for call in meter * 5]
            within = burst(weather.fleet.ports)
            ended = time.monotonic()
    if not weather.forgets:
        yield _limited(weather, within)
    exact_after, bursts = _exact_again(weather.fleet, since=ended)
    sent += [one(call) for call in meter * 2]
    yield _answers(weather, seen)
    yield _latency(weather, fair=fair, seen=seen)
    claim = Claim(f"{weather.name}: exact limits again", "one probe at a time", "<= 5 s")
    held = exact_after <= RECOVERY_SECONDS
    yield claim.row(f"after {exact_after:.1f} s", count=bursts * CALLERS, held=held)
    yield _counted(weather, sent)


def _cast(weather: Weather) -> Cast:
    tenant = people.found()
    gone, leaving = people.join(tenant), people.join(tenant)
    cast = Cast(tuple(people.join(tenant) for _ in range(3)), gone, leaving)
    for port in weather.fleet.ports:
        for caller in (*cast.good, gone, leaving):
            assert one(Call(port, caller.token)).status == OK
    _log_out(weather, gone)
    _let_changes_go()
    return cast


def _let_changes_go() -> None:
    """Do what the watch does after ten seconds: what ended longer ago is known by MongoDB and Redis alone."""
    time.sleep(BOUND_SECONDS)
    tenants_api.settle_changes(tenants_api.pending_changes())
    time.sleep(BOUND_SECONDS)


def _log_out(weather: Weather, caller: Caller) -> None:
    reply = one(Call(weather.fleet.ports[0], caller.token, "POST", "/api/v1/auth/logout"))
    assert reply.status == 204, (reply.status, reply.body)


def _through(load: Load, cast: Cast, *, count: int, revoke: Callable[[], None]) -> Seen:
    """Wait until so many requests have been answered within the fault; a third of them before the revocation."""
    begun = time.monotonic()
    before = len(load.replies)
    _wait(load, before + count // 3)
    revoke()
    left_at = time.monotonic()
    _wait(load, before + count)
    return Seen(cast, tuple(reply for reply in load.replies if reply.at >= begun), left_at)


def _wait(load: Load, count: int) -> None:
    deadline = time.monotonic() + 120
    while len(load.replies) < count:
        assert time.monotonic() < deadline, "the load has come to a stand"
        time.sleep(0.05)


def _exact_again(fleet: Fleet, *, since: float) -> tuple[float, int]:
    """Send bursts until as many in a row are exact as there are processes; tell when the first of them was sent.

    Nearly all of a burst goes to one process, to each in its turn: evenly spread, the shares of four processes that
    still count for themselves would come to the quota too.
    """
    exact: list[float] = []
    bursts = 0
    while len(exact) < len(fleet.ports) and time.monotonic() - since < 4 * RECOVERY_SECONDS:
        begun = time.monotonic() - since
        first, *others = fleet.ports[bursts % len(fleet.ports) :] + fleet.ports[: bursts % len(fleet.ports)]
        replies = burst([*others, *[first] * (CALLERS - len(others))])
        exact = [*exact, begun] if statuses(replies)[OK] == QUOTA else []
        bursts += 1
    return (exact[0] if len(exact) == len(fleet.ports) else float("inf")), bursts


def _answers(weather: Weather, seen: Seen) -> Row:
    figures = (seen.valid_refused, seen.revoked_accepted, server_errors(seen.replies))
    claim = Claim(f"{weather.name}: answers", "MongoDB is the truth, a miss is no yes", "0, 0, 0")
    figure = "valid refused {}, revoked accepted {}, 5xx {}".format(*figures)
    return claim.row(figure, count=len(seen.replies), held=figures == (0, 0, 0))


def _latency(weather: Weather, *, fair: list[Reply], seen: Seen) -> Row:
    """Judge the 99th percentile of a thousand: not more than one in a hundred of those may be later by 30 ms.

    What a fault costs is a fixed number of requests, those that find it out: so the short form, of fewer requests in
    all, may have as many that are late.
    """
    before, after = (1000 * percentile([reply.seconds for reply in each], 0.99) for each in (fair, seen.replies))
    late = sum(1000 * reply.seconds > before + ADDED_MS for reply in seen.replies)
    bound = f"<= {_LATE_OF_A_THOUSAND} later by {ADDED_MS} ms, as p99 of 1,000"
    claim = Claim(
        f"{weather.name}: added latency", "50 ms, no retry, one failure opens the breaker", bound, is_of_time=True
    )
    figure = f"{late} late; p99 {before:.1f} -> {after:.1f} ms"
    return claim.row(figure, count=len(seen.replies), held=late <= _LATE_OF_A_THOUSAND)


def _limited(weather: Weather, within: list[Reply]) -> Row:
    """Judge the 60 at quota 20 that were sent at once while the fault lasted."""
    admitted = statuses(within)[OK]
    claim = Claim(f"{weather.name}: limited meanwhile", "each process at its share", f"1 to {QUOTA} of {CALLERS}")
    held = 1 <= admitted <= QUOTA and not server_errors(within)
    return claim.row(f"{admitted} admitted", count=len(within), held=held)


def _counted(weather: Weather, sent: list[Reply]) -> Row:
    """Compare what Redis has charged in the end with what was sent at all."""
    told = [reply.headers.get("ratelimit", "").partition(";r=")[2].partition(";")[0] for reply in sent[-_LAST:]]
    left = max((int(each) for each in told if each), default=_METERED["quota"])
    charged = _METERED["quota"] - left  # the most that is left: who counts for itself at the moment has less
    held = 1 <= charged <= len(sent) and statuses(sent)[OK] == len(sent)
    claim = Claim(f"{weather.name}: nothing counted twice", "what was local stays local", "<= sent")
    return claim.row(f"{charged} charged of {len(sent)} sent", count=len(sent), held=held)
