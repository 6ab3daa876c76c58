"""A MongoDB of three members on this machine, whose primary can be killed: another takes over in about two seconds."""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from novapulse.local.guard import FIRST_IN
from novapulse.local.mongo import MONGO
from novapulse.local.ports import free_port
from novapulse.local.service import Site
from tests.waiting import wait_until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from novapulse.local.guard import Guard

_NAME = "rs0"
_MEMBERS = 3
_GLANCE_MS = 1_000
_NO_ELECTION_MS = 600_000
_PATIENCE_SECONDS = 60.0  # a member that rolls back what it alone had is long about it on a busy machine
# A checkpoint each second, not each minute. Whoever is killed before its first one goes back to its beginning each
# time, and rolls all back from there: when it had been killed ten times that took minutes.
_OFTEN = ("--syncdelay", "1")
# As quick as this machine allows; by default a new primary takes about ten seconds.
_SETTINGS = {
    "electionTimeoutMillis": 1_000,
    "heartbeatIntervalMillis": 500,
    "heartbeatTimeoutSecs": 1,
    "chainingAllowed": False,  # a replica that is kept from fetching keeps no other one from it
}


@dataclass
class Member:
    """One mongod, at a port that it keeps."""

    site: Site
    guard: Guard
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.site.port}"

    def start(self) -> None:
        self.site.data.mkdir(parents=True, exist_ok=True)
        self.site.log.parent.mkdir(parents=True, exist_ok=True)
        launch = MONGO.command(self.site)
        self.process = self.guard.spawn(
            replace(launch, argv=(*launch.argv, *_OFTEN)), log=self.site.log, stop_signal=signal.SIGKILL, stage=FIRST_IN
        )

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    @contextmanager
    def client(self, *, patience_ms: int = 10_000) -> Iterator[MongoClient[dict[str, Any]]]:
        """Give a client that talks to this member alone."""
        with MongoClient[dict[str, Any]](
            self.address, directConnection=True, serverSelectionTimeoutMS=patience_ms, socketTimeoutMS=patience_ms
        ) as client:
            yield client

    def fetches(self, *, mode: str) -> None:
        """Turn the failpoint that keeps a secondary from fetching what the primary has written."""
        with self.client() as client:
            client.admin.command("configureFailPoint", "stopReplProducer", mode=mode)

    def state(self) -> str:
        """Tell `primary`, `secondary`, or nothing where it is neither yet, or away."""
        return self.standing()[0]

    def standing(self) -> tuple[str, int]:
        """Tell its state, and the term of the primary from whom it has what it wrote last."""
        with suppress(PyMongoError), self.client(patience_ms=_GLANCE_MS) as client:
            hello = client.admin.command("hello")
            state = "primary" if hello["isWritablePrimary"] else "secondary" if hello["secondary"] else ""
            return state, hello["lastWrite"]["opTime"]["t"] if state else -1
        return "", -1


@dataclass(frozen=True)
class ReplicaSet:
    """The three members."""

    members: tuple[Member, ...]

    @property
    def url(self) -> str:
        return f"mongodb://{','.join(each.address for each in self.members)}/novapulse?replicaSet={_NAME}"

    def primary(self) -> Member:
        """Wait for the member that takes writes."""
        found: list[Member] = []

        def is_there() -> bool:
            found[:] = [each for each in self.members if each.process.poll() is None and each.state() == "primary"]
            return bool(found)

        wait_until(is_there, seconds=_PATIENCE_SECONDS, tell=self.states)
        return found[0]

    def states(self) -> list[str]:
        """Tell the state of each member."""
        return [each.state() for each in self.members]

    def lose_primary(self, *, alone_seconds: float) -> Member:
        """Kill the primary after it has been ahead of the others for so long; give its successor.

        They do not fetch from it what is written meanwhile, so it has writes that nobody else has.
        """
        primary = self.primary()
        others = [each for each in self.members if each is not primary]
        for each in others:
            each.fetches(mode="alwaysOn")
        time.sleep(alone_seconds)
        primary.kill()
        for each in others:
            each.fetches(mode="off")
        return self.primary()

    def keep_primary(self) -> None:
        """Let the primary stay what it is, however long the machine stalls; for tests that take none away."""
        with self.primary().client() as client:
            config = client.admin.command("replSetGetConfig")["config"]
            config["version"] += 1
            config["settings"]["electionTimeoutMillis"] = _NO_ELECTION_MS
            client.admin.command("replSetReconfig", config)

    def heal(self) -> None:
        """Start whoever was killed, and wait until all have caught up.

        Whoever has just started is a secondary as well, until it finds that it has to roll back what it alone had: it
        has caught up when it has what the primary wrote in its own term. With two members out nobody is elected.
        """
        for each in self.members:
            if each.process.poll() is not None:
                each.start()
        wait_until(self._is_whole, seconds=_PATIENCE_SECONDS, tell=self.states)

    def _is_whole(self) -> bool:
        states, terms = zip(*(each.standing() for each in self.members), strict=True)
        return sorted(states) == ["primary", "secondary", "secondary"] and len(set(terms)) == 1


@contextmanager
def replica_set(folder: Path, *, guard: Guard) -> Iterator[ReplicaSet]:
    """Run three members in the folder until the block ends, or the guard's holder does."""
    ports: list[int] = []
    for _ in range(_MEMBERS):
        ports.append(free_port(taken=ports))
    members = tuple(Member(Site(folder, f"mongo-{port}", port), guard) for port in ports)
    for each in members:
        each.start()
    try:
        _initiate(members)
        found = ReplicaSet(members)
        found.heal()
        yield found
    finally:
        for each in members:
            if each.process.poll() is None:
                each.kill()


def _initiate(members: tuple[Member, ...]) -> None:
    wait_until(lambda: all(_answers(each) for each in members))
    config = {
        "_id": _NAME,
        "members": [{"_id": number, "host": each.address} for number, each in enumerate(members)],
        "settings": _SETTINGS,
    }
    with members[0].client() as client:
        client.admin.command("replSetInitiate", config)


def _answers(member: Member) -> bool:
    with suppress(PyMongoError), member.client(patience_ms=_GLANCE_MS) as client:
        client.admin.command("ping")
        return True
    return False
