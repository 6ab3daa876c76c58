"""Keys are rotated while two processes serve: no request fails, and a retired key is over at once.

Nobody tells the processes but the change that MongoDB holds; each has its own keys in memory.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import jwt
import pytest

from apps.auth import conf
from apps.auth.domain import key_rotation
from apps.auth.enums import Algorithm
from tests.serving import Answer, Served, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.api import Api

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]

HEARD_SECONDS = 4.0  # half a second until the next look, the rest for a busy machine; `make prove` asserts the second


@pytest.fixture
def processes(own_keys: object) -> Iterator[tuple[Served, Served]]:
    """Give two processes on the same stores, which end before other tests find their keys again."""
    with serving() as one, serving() as other:
        yield one, other


@dataclass
class Caller:
    """Calls both processes with its tokens, and refreshes at one or the other, until told to stop."""

    processes: tuple[Served, Served]
    refresh_token: str
    tokens: list[str]
    stop: threading.Event = field(default_factory=threading.Event)
    statuses: list[int] = field(default_factory=list)

    def run(self) -> None:
        turn = 0
        while not self.stop.is_set():
            turn += 1
            body = {"refresh_token": self.refresh_token}
            answer = self.processes[turn % 2].send("POST", "/api/v1/auth/refresh", body)
            self.refresh_token = answer.json()["refresh_token"]
            self.tokens = [*self.tokens[-3:], answer.json()["access_token"]]
            self.statuses.append(answer.status)
            self.statuses += [called(each, token).status for each in self.processes for token in self.tokens]


def called(process: Served, token: str) -> Answer:
    """Make a read with a token."""
    return process.send("GET", "/api/v1/me", Authorization=f"Bearer {token}")


def kid_of(token: str) -> str:
    """Tell which key signed a token."""
    return str(jwt.get_unverified_header(token)["kid"])


def seconds_until(reached: Callable[[], bool]) -> float:
    """Wait until something is so; tell how long that took."""
    started = time.monotonic()
    while not reached():
        assert time.monotonic() - started < 30
        time.sleep(0.02)
    return time.monotonic() - started


def test_no_request_fails_and_the_retired_key_is_refused_everywhere_within_a_second(
    acme: Api, processes: tuple[Served, Served]
) -> None:
    caller = Caller(processes, acme.refresh_token, [acme.token])
    thread = threading.Thread(target=caller.run)
    thread.start()
    try:
        for algorithm in (Algorithm.RS256, Algorithm.EDDSA):
            kid = key_rotation.add(algorithm).kid
            key_rotation.activate(kid, known_for=key_rotation.AT_ONCE)
            seconds_until(lambda kid=kid: {kid_of(token) for token in caller.tokens} == {kid})  # type: ignore[misc]  # bound now
            time.sleep(conf.KEYS_RELOAD_SECONDS)  # who has just looked for an unknown key does not look for the next
    finally:
        caller.stop.set()
        thread.join()
    assert len(caller.statuses) > 20
    assert set(caller.statuses) == {200}

    assert [called(each, acme.token).status for each in processes] == [200, 200]
    key_rotation.retire(kid_of(acme.token))
    assert seconds_until(lambda: all(called(each, acme.token).status == 401 for each in processes)) <= HEARD_SECONDS
    assert [called(each, caller.tokens[-1]).status for each in processes] == [200, 200]
