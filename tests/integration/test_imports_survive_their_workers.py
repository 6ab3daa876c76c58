"""An import whose workers are killed one after the other comes to its end, and every row is one task."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from tests.serving import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.database import Database

    from tests.api import Api

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

ROWS = 600
KILLED_AT = (1, 300)  # rows that are done by then
_LONGEST_SECONDS = 60

_WORKER = """
import django; django.setup()
from bson import ObjectId
from apps.work import conf
from apps.work.domain import job_runs
from novapulse.tenancy import scope
conf.IMPORT_BATCH = 20  # so that there are many points to die at
with scope.company(ObjectId("{company}"), location="{location}"):
    job_runs.run(ObjectId("{job}"))
"""


@pytest.fixture
def job(acme: Api) -> dict[str, Any]:
    """Ask for an import; no worker of a queue sees it."""
    project = acme.post("/projects", {"key": "APP", "name": "App"}).json()
    file = "external_key,title\n" + "".join(f"EX-{number},Task {number}\n" for number in range(ROWS))
    return dict(acme.upload("/imports", file.encode(), project_id=project["id"]).json())


def worker(api: Api, job: dict[str, Any]) -> subprocess.Popen[bytes]:
    code = _WORKER.format(company=api.company["id"], location=api.company["country"], job=job["id"])
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)  # noqa: S603  our own program


@pytest.fixture
def _given_up_soon(database: Database[Any]) -> Iterator[None]:
    command = partial(database.client.admin.command, "setParameter", 1)
    command(transactionLifetimeLimitSeconds=10)  # none of ours takes longer
    yield
    command(transactionLifetimeLimitSeconds=60)


def await_its_locks(database: Database[Any]) -> None:
    """Wait until a transaction that died with its worker is given up: MongoDB keeps it for a minute, here ten seconds.

    A queue gives the task again after a wait that doubles, which is as good.
    """
    idle = {"type": "idleSession", "transaction.timeOpenMicros": {"$gt": 3_000_000}}
    ends_at = time.monotonic() + 1.5 * _LONGEST_SECONDS
    time.sleep(4)
    while list(database.client.admin.aggregate([{"$currentOp": {"idleSessions": True}}, {"$match": idle}])):
        assert time.monotonic() < ends_at
        time.sleep(0.5)


def await_rows(database: Database[Any], job: dict[str, Any], *, least: int) -> None:
    ends_at = time.monotonic() + _LONGEST_SECONDS
    while time.monotonic() < ends_at:
        found = database["jobs"].find_one({"_id": ObjectId(job["id"])}, {"done": 1})
        if found is not None and found["done"] >= least:
            return
        time.sleep(0.005)
    raise AssertionError(f"{least} rows were not done within {_LONGEST_SECONDS} s")


@pytest.mark.usefixtures("_given_up_soon")
def test_every_row_is_one_task_however_often_a_worker_is_killed(
    acme: Api, job: dict[str, Any], database: Database[Any]
) -> None:
    for least in KILLED_AT:
        process = worker(acme, job)
        await_rows(database, job, least=least)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        await_its_locks(database)
    two_at_once = [worker(acme, job) for _ in range(2)]
    assert [process.wait(_LONGEST_SECONDS) for process in two_at_once] == [0, 0]

    ended = acme.get(f"/jobs/{job['id']}").json()
    assert (ended["status"], ended["progress"]) == ("succeeded", {"done": ROWS, "total": ROWS})
    assert ended["result"] == {"created": ROWS, "present": 0, "bad": 0, "dry_run": False}
    tasks = list(database["tasks"].find({}, {"external_key": 1, "number": 1, "company_id": 1}, sort=[("number", 1)]))
    assert [task["external_key"] for task in tasks] == [f"EX-{number}" for number in range(ROWS)]
    assert [task["number"] for task in tasks] == list(range(1, ROWS + 1))
    assert {task["company_id"] for task in tasks} == {acme.company_id}
