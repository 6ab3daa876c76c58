"""Tasks that the proofs run: with an effect in the database and one elsewhere, slow ones, quick ones."""

from __future__ import annotations

import http.client
import random
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from novapulse import clock
from novapulse.data import registry
from novapulse.tasks import DeadLetter, current, once, task

if TYPE_CHECKING:
    from pymongo.collection import Collection

EFFECTS = "prove_effects"
AMNESTY = "amnesty"
_QUICKLY = (timedelta(seconds=0), timedelta(seconds=1))
_random = random.SystemRandom()


@task(max_attempts=100, backoff=_QUICKLY)
def charge(number: int, port: int, longest_ms: int) -> None:
    """Have an effect elsewhere, by HTTP, and one in the database, with pauses in which a worker may be killed."""
    _post(port, number)
    _pause(longest_ms)
    once(lambda: note(number))
    _pause(longest_ms)


@task(max_attempts=100, backoff=_QUICKLY)
def follow_up(number: int) -> None:
    """Be the consequence of a change."""
    once(lambda: note(number))


@task()
def die_first(number: int) -> None:
    """Die as long as there is no amnesty; note the beginning of each run from then on, and have an effect."""
    if not _effects().count_documents({"kind": AMNESTY}):
        raise DeadLetter("no-amnesty")
    note(-number)
    once(lambda: note(number))


@task(timeout=timedelta(minutes=2))
def take_long(number: int, seconds: float) -> None:
    """Note the beginning of each run, then take its time."""
    note(number)
    time.sleep(seconds)


@task(max_attempts=100, backoff=_QUICKLY)
def wait_then_once(number: int, seconds: float) -> None:
    """Take time, then have an effect; meanwhile the worker may be frozen."""
    note(-number)
    time.sleep(seconds)
    once(lambda: note(number))


@task()
def dwell(number: int, milliseconds: int) -> None:
    """Note how long it has waited, and take a while."""
    waited = (clock.now() - current().envelope.enqueued_at).total_seconds()
    note(number, waited=waited)
    time.sleep(milliseconds / 1000)


def note(number: int, **more: object) -> None:
    """Write down an effect: once for each time that it happens."""
    _effects().insert_one({"number": number, **more})


def _effects() -> Collection[dict[str, Any]]:
    return registry.provider("mongodb").database()[EFFECTS]  # type: ignore[attr-defined,no-any-return]  # MongoDB's provider has a database


def _pause(longest_ms: int) -> None:
    time.sleep(_random.uniform(0, longest_ms / 1000))


def _post(port: int, number: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", f"/{number}", headers={"Idempotency-Key": current().id})
        connection.getresponse().read()
    finally:
        connection.close()
