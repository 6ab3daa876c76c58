"""Redis on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from redis import Redis

from novapulse.local.guard import guarding
from novapulse.local.redis import REDIS
from novapulse.local.stack import up

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.servers

PROMISED = {"maxmemory-policy": "noeviction", "save": "", "appendonly": "no", "bind": "127.0.0.1"}


def test_redis_evicts_nothing_and_writes_nothing_to_disk(folder: Path) -> None:
    with guarding(folder) as guard:
        urls = up(folder, guard=guard, wanted=[REDIS])
        with Redis.from_url(urls["REDIS_URL"], decode_responses=True) as redis:
            assert {name: redis.config_get(name)[name] for name in PROMISED} == PROMISED
    assert list((folder / "data" / "redis").iterdir()) == []


def test_redis_waits_behind_nobody_for_a_core_where_that_may_be_had(folder: Path) -> None:
    with guarding(folder) as guard:
        up(folder, guard=guard, wanted=[REDIS])
        [(process, _)] = guard.spawned
        assert os.sched_getscheduler(process.pid) == _best_policy()


def _best_policy() -> int:
    """Give what this user may have: try it on a process of our own."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        with suppress(OSError):
            os.sched_setscheduler(process.pid, os.SCHED_RR, os.sched_param(1))
        policy = os.sched_getscheduler(process.pid)
        process.kill()
    return policy
