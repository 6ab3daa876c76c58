"""Jobs over the real queue: asked for over HTTP, done by a worker, once however often SQS delivers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests import queues
from tests.apps.work.jobs import done

if TYPE_CHECKING:
    from tests.api import Api

FILE = b"external_key,title\nEX-1,One\nEX-2,Two\n"


def test_worker_does_the_job_in_the_scope_of_whoever_has_asked(acme: Api, rival: Api, project: dict[str, Any]) -> None:
    job = acme.upload("/imports", FILE, project_id=project["id"]).json()
    assert job["status"] == "queued"

    queues.drain()

    assert acme.get(f"/jobs/{job['id']}").json()["result"]["created"] == 2
    assert len(acme.get("/tasks").json()["data"]) == 2
    assert rival.get("/tasks").json()["data"] == []


def test_job_that_a_request_has_rolled_back_is_not_done(acme: Api, project: dict[str, Any]) -> None:
    acme.patch(f"/projects/{project['id']}", {"status": "archived"}, version=project["version"])
    assert acme.upload("/imports", FILE, project_id=project["id"]).status_code == 409

    assert queues.drain() == []


def test_second_delivery_changes_nothing(acme: Api, project: dict[str, Any]) -> None:
    answer = acme.upload("/imports", FILE, project_id=project["id"])
    queues.drain()
    before = acme.get(answer.headers["Location"]).json()

    assert done(acme, answer) == before


def test_job_whose_workers_die_of_it_shows_that_it_failed_and_goes_on_when_it_is_redriven(
    acme: Api, project: dict[str, Any]
) -> None:
    answer = acme.upload("/imports", FILE, project_id=project["id"])
    queues.poison()
    queues.drain()

    failed = acme.get(answer.headers["Location"]).json()
    assert (failed["status"], failed["errors"][-1]["code"]) == ("failed", "gave-up")
    assert failed["errors"][-1]["detail"].endswith("(poison)")
    assert failed["finished_at"] is not None

    assert queues.redrive() == 1
    revived = done(acme, answer)
    assert (revived["status"], revived["result"]["created"]) == ("succeeded", 2)
