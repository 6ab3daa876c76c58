"""Each fault of this process itself, made for real."""

from __future__ import annotations

import os
import resource
import shutil
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from apps.health.domain import own_faults
from apps.health.enums import State
from novapulse.data import registry
from novapulse.data.mongo import MongoOptions, MongoProvider
from novapulse.resilience import deadline, draining
from novapulse.resilience.overruns import overruns
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo import MongoClient


def states() -> dict[str, State]:
    return {check.component: check.state for check in own_faults.found() if check.figure != "overrunning"}


@pytest.fixture
def small_pool(mongo_uri: str) -> Iterator[MongoProvider]:
    """Let MongoDB's provider have two connections."""
    from config.apps import scoped_client  # noqa: PLC0415  once the apps are ready

    real = registry.provider("mongodb")
    provider = MongoProvider(MongoOptions(mongo_uri, max_pool_size=2, min_pool_size=0), client_class=scoped_client)
    registry.register(provider)
    yield provider
    registry.register(real)
    provider.close()


def test_a_process_that_is_well_has_none() -> None:
    assert set(states()) == {
        "process",
        "mongodb-pool",
        "redis-pool",
        "postgresql-pool",
        "sqs-pool",
        "disk",
        "descriptors",
    }
    assert set(states().values()) == {State.PASS}


def test_a_request_past_its_deadline_is_a_warning_until_it_comes_back() -> None:
    def state() -> State:
        return next(check.state for check in own_faults.found() if check.figure == "overrunning")

    with deadline.opened(0) as running:
        overruns.begin(running)
        time.sleep(0.3)
        assert state() is State.WARN
        overruns.end()
    assert state() is State.PASS


def test_being_told_to_stop_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    told = threading.Event()
    monkeypatch.setattr(draining, "_told", told)
    assert states()["process"] is State.PASS
    told.set()
    assert states()["process"] is State.FAIL


def test_connections_that_nobody_gives_back_are_one_once_a_requests_time_is_over(
    small_pool: MongoProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_pool.ping()
    with ExitStack() as held:
        for _ in range(2):
            _hold(small_pool.client(), held)
        assert states()["mongodb-pool"] is State.PASS
        monkeypatch.setattr(settings, "REQUEST_TIMEOUT_MS", 200)
        wait_until(lambda: states()["mongodb-pool"] is State.FAIL)
    assert states()["mongodb-pool"] is State.PASS


def _hold(client: MongoClient[Any], held: ExitStack) -> None:
    """Take a connection out, as a call does that never ends."""
    server = client._topology.select_server(lambda selection: selection, "hold")
    held.enter_context(server.pool.checkout())


def test_a_full_disk_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    free_bytes = shutil.disk_usage(settings.ROOT).free
    monkeypatch.setattr(own_faults, "_LEAST_FREE_BYTES", free_bytes * 2)

    assert states()["disk"] is State.FAIL


def test_descriptors_that_are_nearly_used_up_are_one() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    ours = [os.dup(0) for _ in range(200)]  # so that it makes no difference when others close theirs meanwhile
    open_now = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  as the source counts
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (open_now + 2, before[1]))
        assert states()["descriptors"] is State.FAIL
        resource.setrlimit(resource.RLIMIT_NOFILE, (open_now // 2, before[1]))  # not even one to count them
        assert states()["descriptors"] is State.FAIL
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        for each in ours:
            os.close(each)
    assert states()["descriptors"] is State.PASS
