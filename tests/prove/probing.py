"""Probes: one credential shown to every process every 20 ms, so that the moment of its end is seen everywhere."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.prove.load import ME, Call, Load, Reply, running
from tests.prove.proof import OK, UNAUTHENTICATED, server_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.prove.fleet import Fleet

EVERY_SECONDS = 0.02
BOUND_SECONDS = 1.0


@dataclass(frozen=True)
class Question:
    """What a probe asks, and the statuses that say that it still may, and that it may not any more."""

    method: str = "GET"
    path: str = ME
    good: int = OK
    refused: int = UNAUTHENTICATED


READ = Question()

# Nothing comes of it: that If-Match is missing is told only to who may.
CHANGE = Question("DELETE", f"/api/v1/projects/{'0' * 24}", good=428, refused=403)


@dataclass
class Probes:
    """What the probes of one credential have seen."""

    loads: list[Load]
    question: Question = READ

    @property
    def replies(self) -> list[Reply]:
        return [reply for load in self.loads for reply in load.replies]

    def wait_until_good(self) -> None:
        """Wait until every process has taken the credential: what ends then was known everywhere."""
        deadline = time.monotonic() + 5
        while not all(any(reply.status == self.question.good for reply in load.replies) for load in self.loads):
            assert time.monotonic() < deadline, "the credential was not good to begin with"
            time.sleep(0.02)

    def last_accepted(self, since: float) -> float:
        """Tell how long after `since` a probe was still sent with success; 0.0 where none was."""
        good = [reply for reply in self.replies if reply.status == self.question.good]
        return max((reply.at - since for reply in good if reply.at > since), default=0.0)

    def refused_after(self, moment: float) -> bool:
        """Tell whether every process has answered after the moment, and by a refusal alone."""
        later = [[reply for reply in load.replies if reply.at > moment] for load in self.loads]
        return all(seen and all(reply.status == self.question.refused for reply in seen) for seen in later)

    def troubles(self) -> int:
        return server_errors(self.replies)


@contextmanager
def probing(fleet: Fleet, token: str, *, question: Question = READ) -> Iterator[Probes]:
    """Show the token to each process every 20 ms, until the block ends."""

    def call(port: int) -> Call:
        return Call(port, token, question.method, question.path)

    with ExitStack() as stack:
        loads = [
            stack.enter_context(running(lambda _, port=port: call(port), per_second=1 / EVERY_SECONDS, workers=2))
            for port in fleet.ports
        ]
        yield Probes(loads, question)
