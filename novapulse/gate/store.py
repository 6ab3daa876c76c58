"""The gate's projection in Redis: scripts, and the keys that they work on.

Fails by raising StoreAway, at once or after 50 ms: refused, hung, slow, read-only after a failover, loading, out of
memory are one to the caller. A script that Redis has forgotten (SCRIPT FLUSH, a restart) is sent again.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import redis

from novapulse.data.redis import RedisOptions, RedisProvider
from novapulse.gate.decision import Change, Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from novapulse.gate.decision import Credential, Truth

# A hung Redis adds this to one or two requests of a process (circuit.py). On a busy machine Redis itself waits for its
# turn: with half of this, one burst in seven on two full cores took that for a failure, and admitted beyond the limit.
TIMEOUT_MS: Final = 50
KEPT_SECONDS: Final = 3600  # what nobody asks for is forgotten, and read again from MongoDB
PROCESS_SECONDS: Final = 10  # a process that was not heard of for so long is gone
_LEASE_MICROSECONDS: Final = 1_000_000
_PROCESSES: Final = "np:processes"

Row = list[Any]


class StoreAway(Exception):  # noqa: N818  named after what happened, as all of the house's errors
    """Redis did not do it."""


class Script:
    """A script by its SHA-1, as EVALSHA wants it."""

    def __init__(self, name: str) -> None:
        """Read it from the folder beside this module; its calls are told under its name."""
        self.name = name
        self.source = (Path(__file__).parent / "lua" / f"{name}.lua").read_text(encoding="utf-8")
        self.sha = hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest()


@lru_cache(maxsize=10_000)
def _keys(company_id: str) -> tuple[str, str, str, str]:
    """Give a company's keys: its state, `tat`, principals, leases; the tag puts all of a decision into one slot."""
    tag = f"np:{{c:{company_id}}}"
    return f"{tag}:c", f"{tag}:tat", f"{tag}:p", f"{tag}:l"


def _membership_key(company_id: str, membership_id: str) -> str:
    return f"np:{{c:{company_id}}}:m:{membership_id}"


def _credential_key(company_id: str, credential_id: str) -> str:
    return f"np:{{c:{company_id}}}:k:{credential_id}"


class GateStore:
    """Redis, as the gate uses it: each call is one round trip, or two where a script had to be sent again."""

    def __init__(self, url: str, *, timeout_ms: int = TIMEOUT_MS) -> None:
        """Take where Redis is; connects at first use, with a client of the gate's own."""
        options = RedisOptions(url=url, connect_ms=timeout_ms, socket_ms=timeout_ms, health_check_seconds=0)
        self._provider = RedisProvider(options, name="gate")
        self._decide, self._fill, self._raise, self._beat = map(Script, ("decide", "fill", "raise", "beat"))
        self._peek = Script("peek")

    def decide(
        self, credential: Credential, *, units: int, lease: str, lease_seconds: float, over: Sequence[str]
    ) -> Row:
        """Run `decide.lua`: see there what it gives; raise StoreAway.

        lease: begins with the membership's id. over: leases of the company that have ended, given back on the way.
        """
        company, tat, principals, leases = _keys(credential.company_id)
        membership = _membership_key(credential.company_id, credential.membership_id)
        of_credential = _credential_key(credential.company_id, credential.credential_id)
        return self._run(  # type: ignore[no-any-return]  # redis-py leaves the answer of a script open
            self._decide,
            (company, membership, of_credential, tat, principals, leases, f"{tat}:{credential.membership_id}"),
            credential.company_version,
            credential.membership_version,
            credential.token_id,
            units,
            credential.membership_id,
            lease,
            int(lease_seconds * _LEASE_MICROSECONDS),
            *over,
        )

    def fill(self, credential: Credential, *, truth: Truth) -> None:
        """Write what MongoDB says where it is not there, or older; raise StoreAway."""
        limits = truth.limits
        keys = (
            _keys(credential.company_id)[0],
            _membership_key(credential.company_id, credential.membership_id),
            _credential_key(credential.company_id, credential.credential_id),
        )
        self._run(
            self._fill,
            keys,
            KEPT_SECONDS,
            truth.company_version,
            truth.membership_version,
            int(truth.is_live),
            " ".join(sorted(truth.revoked_tokens)),
            limits.version,
            limits.quota,
            limits.window_seconds,
            limits.concurrency,
            ",".join(sorted(limits.shadow)),
            "1" if limits.is_read_only else "",
        )

    def project(self, changes: Iterable[Change]) -> None:
        """Pass changes on; raise StoreAway. Doing it again changes nothing."""
        for change in changes:
            if change.level is Level.KEY:
                continue  # keys are in the memory of each process, not in Redis
            token = change.subject if change.level is Level.TOKEN else ""
            self._run(self._raise, (_key_of(change),), change.level.value, KEPT_SECONDS, change.version, token)

    def give_back(self, over: Mapping[str, Sequence[str]]) -> None:
        """Give leases back, by company, in one round trip; raise StoreAway."""
        try:
            with self._provider.client().pipeline(transaction=False) as pipeline:
                for company_id, leases in over.items():
                    pipeline.zrem(_keys(company_id)[3], *leases)
                pipeline.execute()
        except redis.RedisError as error:
            raise StoreAway from error

    def peek(self, company_id: str) -> Row:
        """Run `peek.lua`, which changes nothing: see there what it gives; raise StoreAway."""
        company, tat, _, leases = _keys(company_id)
        return self._run(self._peek, (company, tat, leases))  # type: ignore[no-any-return]  # as in `decide`

    def beat(self, process: str) -> int:
        """Say that this process is there, and tell how many are; raise StoreAway where Redis takes no writes."""
        return int(self._run(self._beat, (_PROCESSES,), process, PROCESS_SECONDS * _LEASE_MICROSECONDS))

    def pool(self) -> dict[str, int]:
        """Give open, in_use, max of the connections."""
        return self._provider.pool()

    def close(self) -> None:
        """Close the connections."""
        self._provider.close()

    def _run(self, script: Script, keys: tuple[str, ...], *arguments: str | int) -> Any:  # noqa: ANN401  whatever a script gives
        client: Any = self._provider.client()
        try:
            return client.execute_command("EVALSHA", script.sha, len(keys), *keys, *arguments, operation=script.name)
        except redis.exceptions.NoScriptError:
            return self._send(script, keys, arguments)
        except redis.RedisError as error:
            raise StoreAway from error

    def _send(self, script: Script, keys: tuple[str, ...], arguments: tuple[str | int, ...]) -> Any:  # noqa: ANN401  as above
        client: Any = self._provider.client()
        try:
            return client.execute_command("EVAL", script.source, len(keys), *keys, *arguments, operation=script.name)
        except redis.RedisError as error:
            raise StoreAway from error


def _key_of(change: Change) -> str:
    if change.level in {Level.COMPANY, Level.LIMITS}:
        return _keys(change.company_id)[0]
    if change.level is Level.MEMBERSHIP:
        return _membership_key(change.company_id, change.subject)
    return _credential_key(change.company_id, change.credential_id or change.subject)
