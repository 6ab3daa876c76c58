"""Mechanisms, each to be taken out once: without it, the proof that stands on it must fail.

Nothing of this is in the service. A fleet is crippled by serving `tests.prove.crippled`, which patches what it has
loaded; this process is patched alike, for what the proofs do by calling the domain.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pymongo import ReturnDocument

from apps.resilience.domain import budgets
from novapulse.data import registry
from novapulse.data.mongo import MongoOptions
from novapulse.data.redis import RedisOptions, RedisProvider
from novapulse.gate import gate as gates
from novapulse.gate import store as stores
from novapulse.gate.announced import Announced
from novapulse.gate.circuit import Circuit
from novapulse.gate.decision import Decision, Level, Truth, Usage
from novapulse.gate.gate import Gate
from novapulse.gate.store import GateStore, Script, StoreAway
from novapulse.gate.truths import Truths
from novapulse.resilience.shedding import Door
from tests.prove.audit_mechanisms import AUDIT_MECHANISMS
from tests.prove.log_mechanisms import LOG_MECHANISMS
from tests.prove.queue_mechanisms import QUEUE_MECHANISMS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pytest

    Patch = pytest.MonkeyPatch

_MINUTE_SECONDS = 60
_REDIS_PY_SECONDS = 5  # what redis-py waits by itself


def _share_no_count(patch: Patch) -> None:
    """Let each process count for itself, as if it were the only one."""
    patch.setattr(Gate, "_decide", Gate._decide_here)
    patch.setattr(Gate, "processes", property(lambda _: 1, lambda _, __: None), raising=False)  # whatever it hears


def _decide_first_and_charge_then(patch: Patch) -> None:
    """Look, and write what was seen in a second round trip, as a read and a write of any store would."""
    run = GateStore._run
    decide = gates.current().store._decide
    look = _rewritten(decide, "if denied == '' then\n  tat", "if false then\n  tat")
    charge = _rewritten(decide, "elseif denied == '' then", "elseif false then")

    def run_twice(self: GateStore, script: Script, keys: tuple[str, ...], *arguments: Any) -> Any:
        if script is not decide:
            return run(self, script, keys, *arguments)
        row = run(self, look, keys, *arguments)
        return run(self, charge, keys, *arguments) if row[0] == b"good" and not row[1] else row

    patch.setattr(GateStore, "_run", run_twice)


def _count_in_fixed_windows(patch: Patch) -> None:
    """Give the whole quota back at each edge of a window."""
    _rewrite(patch, "local shadow = company[6]", "now = now - now % (window * 1000000)\nlocal shadow = company[6]")


def _tell_nobody_of_limits(patch: Patch) -> None:
    """Leave limits in Redis until they are forgotten."""
    project = GateStore.project
    patch.setattr(
        GateStore, "project", lambda self, changes: project(self, [c for c in changes if c.level is not Level.LIMITS])
    )


def _give_principals_no_share(patch: Patch) -> None:
    """Let whoever comes first have all."""
    _rewrite(patch, "if principals > 1 and", "if false and")


def _count_all_companies_together(patch: Patch) -> None:
    """Charge one bucket, whoever asks."""
    keys = stores._keys
    patch.setattr(stores, "_keys", lambda company_id: (keys(company_id)[0], "np:shared:tat", *keys(company_id)[2:]))


def _believe_clients_about_their_address(patch: Patch) -> None:
    """Take X-Forwarded-For for true, although no proxy of ours has written it."""
    from django.conf import settings  # noqa: PLC0415  once Django is set up

    patch.setattr(settings, "TRUSTED_PROXY_COUNT", 1)


def _go_by_the_clock_of_the_process(patch: Patch) -> None:
    """Decide by what this machine takes for now."""
    run = GateStore._run

    def run_by_own_clock(self: GateStore, script: Script, keys: tuple[str, ...], *arguments: Any) -> Any:
        if script is not self._decide:
            return run(self, script, keys, *arguments)
        now = f"{time.time() * 1_000_000:.0f}"  # noqa: TID251  the point of it
        source = script.source.replace("clock[1] * 1000000 + clock[2]", now)
        return self._provider.client().eval(source, len(keys), *keys, *arguments)

    patch.setattr(GateStore, "_run", run_by_own_clock)


def _rotate_without_comparing(patch: Patch) -> None:
    """Raise the generation of a session for everybody who asks."""
    from apps.auth.domain import sessions  # noqa: PLC0415  once Django is set up

    def raise_generation(session_id: Any, *, from_generation: int) -> Any:
        return sessions._record(
            sessions.Session.collection().find_one_and_update(
                {"_id": session_id}, {"$inc": {"generation": 1}}, return_document=ReturnDocument.AFTER
            )
        )

    patch.setattr(sessions, "raise_generation", raise_generation)


def _revoke_nothing(patch: Patch) -> None:
    """Take every credential for good, as long as its signature is."""
    patch.setattr(Truth, "ends", lambda _self, _credential: None)
    patch.setattr(Announced, "ends", lambda _self, _credential: None)
    _rewrite(patch, "then return {'revoked'", "and false then return {'revoked'")


def _keep_leases_for_ever(patch: Patch) -> None:
    """Wait for whoever holds a slot, even if they are dead."""
    _rewrite(patch, "redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', now)", "")
    _rewrite(patch, "redis.call('PEXPIRE', KEYS[6], math.ceil(ARGV[7] / 1000))", "")


def _let_in_without_redis(patch: Patch) -> None:
    """Ask nobody while Redis is away: fail open."""
    patch.setattr(Truth, "ends", lambda _self, _credential: None)


def _let_in_unlimited_without_redis(patch: Patch) -> None:
    """Count nothing while Redis is away."""
    gate: Any = gates.current()
    patch.setattr(gate.local, "decide", lambda _company_id, *, limits, **_: Decision(Usage(limits, limits.quota, 0.0)))


def _wait_as_long_as_redis_py_does(patch: Patch) -> None:
    """Wait five seconds for Redis."""
    store: Any = gates.current().store
    patch.setattr(store, "_provider", RedisProvider(_patient(store._provider.options), name="gate"))


def _patient(options: RedisOptions) -> RedisOptions:
    return replace(options, connect_ms=_REDIS_PY_SECONDS * 1000, socket_ms=_REDIS_PY_SECONDS * 1000)


def _ask_again_and_again(patch: Patch) -> None:
    """Ask Redis at each request, whatever became of the one before."""
    patch.setattr(Circuit, "failed", lambda _self: None)


def _never_look_whether_it_is_back(patch: Patch) -> None:
    """Leave Redis alone once it was away."""
    patch.setattr(Circuit, "may_probe", lambda _self: False)


def _hear_of_no_changes(patch: Patch) -> None:
    """Rely on Redis alone to tell what has ended."""
    patch.setattr(Announced, "hear", lambda _self, _pending: [])  # the watch runs already, and has its own `look`


def _take_a_miss_for_a_yes(patch: Patch) -> None:
    """Let in whom Redis does not know: a list of those who are out, and nothing else."""
    ask = Gate._ask
    patch.setattr(Gate, "_ask", lambda self, credential, *, units: ask(self, credential, units=units) or Decision())


def _send_no_script_again(patch: Patch) -> None:
    """Go on asking for a script that Redis has forgotten."""

    def give_up(*_: object) -> None:
        raise StoreAway

    patch.setattr(GateStore, "_send", give_up)


def _take_trouble_for_a_no(patch: Patch) -> None:
    """Tell people that they are out because nobody could be asked."""
    fresh = Truths.fresh

    def fresh_or_ended(self: Truths, credential: Any) -> Truth:
        try:
            return fresh(self, credential)
        except Exception:  # noqa: BLE001  the mistake that is to be made
            return Truth(0, 0, is_live=False, limits=None)  # type: ignore[arg-type]  # nobody reads them

    patch.setattr(Truths, "fresh", fresh_or_ended)


def _let_everybody_in(patch: Patch) -> None:
    """Begin whatever comes, as a server without a door does."""
    patch.setattr(Door, "enter", lambda _self, *, leaving: None)  # noqa: ARG005  the door's signature
    patch.setattr(Door, "leave", lambda _self: None)


def _rewrite(patch: Patch, old: str, new: str) -> None:
    """Change the script that decides."""
    store: Any = gates.current().store
    patch.setattr(store, "_decide", _rewritten(store._decide, old, new))


def _rewritten(script: Script, old: str, new: str) -> Script:
    assert old in script.source, old
    changed = Script("decide")
    changed.source = script.source.replace(old, new)
    changed.sha = stores.hashlib.sha1(changed.source.encode(), usedforsecurity=False).hexdigest()
    return changed


def _wait_without_a_budget(patch: Patch) -> None:
    """Give every request a minute more, whatever the settings and its client say."""
    patch.setattr(budgets, "seconds", lambda _header, *, longest: longest + _MINUTE_SECONDS)


def _look_after_mongodb_as_the_driver_does(patch: Patch) -> None:
    """Ask a primary every ten seconds whether it is there, and wait for its answer for twenty."""
    given = MongoOptions.as_client_arguments
    by_itself = {"heartbeatFrequencyMS": 10_000, "connectTimeoutMS": 20_000}
    patch.setattr(MongoOptions, "as_client_arguments", lambda self: {**given(self), **by_itself})
    registry.provider("mongodb").close()  # what has connected already does it over


MECHANISMS: Mapping[str, Callable[[Patch], None]] = {
    "shared-count": _share_no_count,
    "one-script": _decide_first_and_charge_then,
    "continuous-refill": _count_in_fixed_windows,
    "limits-projection": _tell_nobody_of_limits,
    "principal-share": _give_principals_no_share,
    "company-buckets": _count_all_companies_together,
    "peer-address": _believe_clients_about_their_address,
    "clock-of-redis": _go_by_the_clock_of_the_process,
    "compare-and-set": _rotate_without_comparing,
    "revocation": _revoke_nothing,
    "lease-expiry": _keep_leases_for_ever,
    "truth-of-mongodb": _let_in_without_redis,
    "local-limits": _let_in_unlimited_without_redis,
    "short-timeouts": _wait_as_long_as_redis_py_does,
    "breaker": _ask_again_and_again,
    "probe": _never_look_whether_it_is_back,
    "change-feed": _hear_of_no_changes,
    "miss-is-no-yes": _take_a_miss_for_a_yes,
    "script-reload": _send_no_script_again,
    "closed-without-stores": _take_trouble_for_a_no,
    "request-budget": _wait_without_a_budget,
    "heartbeat": _look_after_mongodb_as_the_driver_does,
    "door": _let_everybody_in,
    **QUEUE_MECHANISMS,
    **LOG_MECHANISMS,
    **AUDIT_MECHANISMS,
}
