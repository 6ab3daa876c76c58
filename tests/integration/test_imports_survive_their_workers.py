"""An import whose workers are killed one after the other comes to its end, and every row is one task."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from tests.serving import ROOT

if TYPE_CHECKING:
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


def given_again_until_done(api: Api, job: dict[str, Any]) -> None:
    """Run workers until one ends well, as a queue would: a transaction that died with its worker may hold its rows.

    MongoDB lets go of them after a minute (transactionLifetimeLimitSeconds).
    """
    ends_at = time.monotonic() + 2 * _LONGEST_SECONDS
    while worker(api, job).wait(_LONGEST_SECONDS) != 0:
        assert time.monotonic() < ends_at


def await_rows(database: Database[Any], job: dict[str, Any], *, least: int) -> None:
    ends_at = time.monotonic() + _LONGEST_SECONDS
    while time.monotonic() < ends_at:
        found = database["jobs"].find_one({"_id": ObjectId(job["id"])}, {"done": 1})
        if found is not None and found["done"] >= least:
            return
        time.sleep(0.005)
    raise AssertionError(f"{least} rows were not done within {_LONGEST_SECONDS} s")


def test_every_row_is_one_task_however_often_a_worker_is_killed(
    acme: Api, job: dict[str, Any], database: Database[Any]
) -> None:
    for least in KILLED_AT:
        process = worker(acme, job)
        await_rows(database, job, least=least)
        process.kill()
        assert process.wait() == -signal.SIGKILL
    with ThreadPoolExecutor(2) as two_at_once:
        list(two_at_once.map(lambda _number: given_again_until_done(acme, job), range(2)))

    ended = acme.get(f"/jobs/{job['id']}").json()
    assert (ended["status"], ended["progress"]) == ("succeeded", {"done": ROWS, "total": ROWS})
    assert ended["result"] == {"created": ROWS, "present": 0, "bad": 0, "dry_run": False}
    tasks = list(database["tasks"].find({}, {"external_key": 1, "number": 1, "company_id": 1}, sort=[("number", 1)]))
    assert [task["external_key"] for task in tasks] == [f"EX-{number}" for number in range(ROWS)]
    assert [task["number"] for task in tasks] == list(range(1, ROWS + 1))
    assert {task["company_id"] for task in tasks} == {acme.company_id}
