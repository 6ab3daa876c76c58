"""Redis on this machine."""

from __future__ import annotations

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
