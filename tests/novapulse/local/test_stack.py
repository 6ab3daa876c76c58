"""The servers together: up, reuse, ports, faults, down."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from pymongo import MongoClient
from redis import Redis

from novapulse.local import known_urls, state
from novapulse.local.asking import ask
from novapulse.local.guard import guarding
from novapulse.local.mongo import MONGO
from novapulse.local.process import is_running
from novapulse.local.redis import REDIS
from novapulse.local.stack import DOWN, ELSEWHERE, RUNNING, SILENT, down, status, to_run, up

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.servers

LISTENING = "0A"  # in /proc/net/tcp
DAEMONS = """
import json, sys
from dataclasses import replace
from pathlib import Path
from novapulse.local.guard import guarding
from novapulse.local.redis import REDIS
from novapulse.local.service import Launch
from novapulse.local.stack import up
def slow(site):
    script = 'sleep 1; exec "$@"'
    return Launch(("/bin/sh", "-c", script, "sh", *REDIS.command(site).argv), {"PATH": "/usr/bin:/bin"})
with guarding(Path(sys.argv[1])) as guard:
    urls = up(Path(sys.argv[1]), guard=guard, wanted=[replace(REDIS, command=slow)])
    guard.release()
print(json.dumps(urls))
"""


def _pid(folder: Path, name: str) -> int:
    return state.read(folder)[name].pid


def test_up_gives_urls_that_answer_and_leaving_stops_all(folder: Path, left_in: Callable[[Path], list[str]]) -> None:
    with guarding(folder) as guard:
        urls = up(folder, guard=guard)
        assert known_urls(folder) == urls
        assert [each.condition for each in status(folder, given={})] == [RUNNING] * 4
        assert _listening_addresses(folder) == ["0100007F"] * 4  # 127.0.0.1, and nowhere else
        with MongoClient[dict[str, Any]](urls["MONGO_URI"]) as mongo, mongo.start_session() as session:
            session.with_transaction(lambda joined: mongo.novapulse.seen.insert_one({}, session=joined))
        with psycopg.connect(urls["DATABASE_URL"]) as postgres:
            row = postgres.execute("SELECT current_database(), version(), getdatabaseencoding()").fetchone()
        with Redis.from_url(urls["REDIS_URL"]) as redis:
            assert redis.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        ask(int(urls["AWS_ENDPOINT_URL"].rpartition(":")[2]), path="/")
    assert row is not None
    assert (row[0], row[1][:13], row[2]) == ("novapulse", "PostgreSQL 18", "UTF8")
    assert (left_in(folder), known_urls(folder)) == ([], {})


def _listening_addresses(folder: Path) -> list[str]:
    ports = {f"{record.port:04X}" for record in state.read(folder).values()}
    rows = [line.split() for table in ("tcp", "tcp6") for line in Path(f"/proc/net/{table}").read_text().splitlines()]
    sockets = [row[1].split(":") for row in rows if row[3] == LISTENING]
    return [address for address, port in sockets if port in ports]


def test_a_second_up_takes_up_what_runs_and_does_not_stop_it(folder: Path) -> None:
    with guarding(folder) as guard:
        urls = up(folder, guard=guard, wanted=[REDIS])
        reports = []
        with guarding(folder) as second:
            assert up(folder, guard=second, wanted=[REDIS], report=reports.append) == urls
        assert [ready.reused for ready in reports] == [True]
        assert known_urls(folder) == urls


def test_two_ups_at_once_start_one_set(folder: Path, left_in: Callable[[Path], list[str]]) -> None:
    argv = [sys.executable, "-c", DAEMONS, str(folder)]
    both = [subprocess.Popen(argv, stdout=subprocess.PIPE) for _ in range(2)]  # noqa: S603  a program of ours
    answers = [json.loads(process.communicate()[0]) for process in both]
    assert answers[0] == answers[1]
    assert sum("redis-server" in line for line in left_in(folder)) == 1
    assert down(folder) == ("redis",)
    assert left_in(folder) == []


def test_the_ports_stay_the_same_until_somebody_else_has_one(folder: Path) -> None:
    urls = []
    for _ in range(2):
        with guarding(folder) as guard:
            urls.append(up(folder, guard=guard, wanted=[REDIS]))
    assert urls[0] == urls[1]
    port = state.read(folder)["redis"].port
    with socket.create_server(("127.0.0.1", port)), guarding(folder) as guard:
        assert up(folder, guard=guard, wanted=[REDIS]) != urls[0]


def test_status_tells_running_hung_down_and_elsewhere_apart(folder: Path) -> None:
    with guarding(folder) as guard:
        up(folder, guard=guard, wanted=[REDIS, MONGO])
        os.kill(_pid(folder, "redis"), signal.SIGSTOP)
        found = {each.variable: each for each in status(folder, given={"AWS_ENDPOINT_URL"})}
        os.kill(_pid(folder, "redis"), signal.SIGCONT)
    conditions = [found[name].condition for name in ("MONGO_URI", "REDIS_URL", "DATABASE_URL", "AWS_ENDPOINT_URL")]
    assert conditions == [RUNNING, SILENT, DOWN, ELSEWHERE]
    assert [each.is_down for each in found.values()] == [False, True, True, False]


def test_down_stops_what_runs_however_it_was_started(folder: Path) -> None:
    with guarding(folder) as guard:
        up(folder, guard=guard, wanted=[REDIS])
        record = state.read(folder)["redis"]
        assert down(folder) == ("redis",)
        assert not is_running(record.mark)
        assert down(folder) == ()


def test_a_server_that_runs_elsewhere_is_not_wanted_here() -> None:
    assert [service.name for service in to_run({"MONGO_URI", "REDIS_URL"})] == ["postgres", "aws"]
