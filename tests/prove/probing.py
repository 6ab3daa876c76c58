"""Probes: one credential shown to every process every 20 ms, so that the moment of its end is seen everywhere."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.prove.load import Call, Load, Reply, running
from tests.prove.proof import OK, UNAUTHENTICATED, server_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.prove.fleet import Fleet

EVERY_SECONDS = 0.02
BOUND_SECONDS = 1.0


@dataclass
class Probes:
    """What the probes of one credential have seen."""

    loads: list[Load]

    @property
    def replies(self) -> list[Reply]:
        return [reply for load in self.loads for reply in load.replies]

    def wait_until_good(self) -> None:
        """Wait until every process has taken the credential: what ends then was known everywhere."""
        deadline = time.monotonic() + 5
        while not all(any(reply.status == OK for reply in load.replies) for load in self.loads):
            assert time.monotonic() < deadline, "the credential was not good to begin with"
            time.sleep(0.02)

    def last_accepted(self, since: float) -> float:
        """Tell how long after `since` a probe was still sent with success; 0.0 where none was."""
        return max((reply.at - since for reply in self.replies if reply.status == OK and reply.at > since), default=0.0)

    def refused_after(self, moment: float) -> bool:
        """Tell whether every process has answered after the moment, and by a refusal alone."""
        later = [[reply for reply in load.replies if reply.at > moment] for load in self.loads]
        return all(seen and all(reply.status == UNAUTHENTICATED for reply in seen) for seen in later)

    def troubles(self) -> int:
        return server_errors(self.replies)


@contextmanager
def probing(fleet: Fleet, token: str) -> Iterator[Probes]:
    """Show the token to each process every 20 ms, until the block ends."""
    with ExitStack() as stack:
        loads = [
            stack.enter_context(
                running(lambda _, port=port: Call(port, token), per_second=1 / EVERY_SECONDS, workers=2)
            )
            for port in fleet.ports
        ]
        yield Probes(loads)
