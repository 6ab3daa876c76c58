"""Imports over HTTP: a file goes in, a job comes of it, tasks come of the job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.work import conf
from tests.apps.work.jobs import done

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database

    from tests.api import Api

FILE = b"external_key,title\nEX-1,One\nEX-2,\nEX-3,Three\n"


def test_file_becomes_tasks_of_its_project_reported_by_whoever_sent_it(acme: Api, project: dict[str, Any]) -> None:
    answer = acme.upload("/imports", FILE, project_id=project["id"])

    assert answer.status_code == 202, answer.content
    assert answer.headers["Location"] == f"/api/v1/jobs/{answer.json()['id']}"
    assert (answer.json()["kind"], answer.json()["status"]) == ("import", "queued")
    job = done(acme, answer)
    assert (job["status"], job["progress"]) == ("succeeded", {"done": 3, "total": 3})
    assert job["result"] == {"created": 2, "present": 0, "bad": 1, "dry_run": False}
    assert job["errors"] == [{"line": 3, "code": "missing", "detail": "title is empty."}]
    tasks = acme.get("/tasks?sort=created_at").json()["data"]
    assert [task["external_key"] for task in tasks] == ["EX-1", "EX-3"]
    assert {task["reporter_id"] for task in tasks} == {acme.user["membership_id"]}


def test_second_import_of_a_file_creates_nothing(acme: Api, project: dict[str, Any]) -> None:
    done(acme, acme.upload("/imports", FILE, project_id=project["id"]))

    job = done(acme, acme.upload("/imports", FILE, project_id=project["id"]))

    assert job["result"] == {"created": 0, "present": 2, "bad": 1, "dry_run": False}


def test_dry_run_reports_and_changes_nothing(acme: Api, project: dict[str, Any]) -> None:
    job = done(acme, acme.upload("/imports", FILE, project_id=project["id"], dry_run="true"))

    assert job["result"] == {"created": 2, "present": 0, "bad": 1, "dry_run": True}
    assert job["error_count"] == 1
    assert acme.get("/tasks").json()["data"] == []


def test_mapping_says_what_unknown_columns_are(acme: Api, project: dict[str, Any]) -> None:
    file, mapping = (
        b"Nr;,Was,Wann?\n7,Sieben,2026-01-31\n",
        '{"Nr;": "external_key", "was": "title", "Wann?": "due_at"}',
    )

    done(acme, acme.upload("/imports", file, project_id=project["id"], mapping=mapping))

    [task] = acme.get("/tasks").json()["data"]
    assert (task["external_key"], task["title"], task["due_at"]) == ("7", "Sieben", "2026-01-31T00:00:00.000Z")


@pytest.mark.parametrize(
    "file",
    [b"a,b\n1,2\n", "external_key,title\nä,ö".encode("utf-16"), b'"external_key,title', b"\x00\x01\x02", b"PK\3\4"],
)
def test_file_that_nobody_understands_fails_with_a_reason_at_line_0(
    acme: Api, project: dict[str, Any], file: bytes
) -> None:
    job = done(acme, acme.upload("/imports", file, project_id=project["id"]))

    assert (job["status"], job["result"]) == ("failed", None)
    assert [(error["line"], error["code"]) for error in job["errors"]] == [(0, "unreadable-file")]


@pytest.mark.parametrize(
    ("parts", "pointer"),
    [
        ({"project_id": "1"}, "/project_id"),
        ({"project_id": str(ObjectId())}, "/project_id"),
        ({"dry_run": "yes"}, "/dry_run"),
        ({"mapping": "no json"}, "/mapping"),
        ({"mapping": '{"a": "no_field"}'}, "/mapping"),
        ({"mapping": '{"a": {"$ne": 1}}'}, "/mapping"),
        ({"mapping": "[" * 5000}, "/mapping"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_bad_part_is_named(acme: Api, project: dict[str, Any], parts: dict[str, str], pointer: str) -> None:
    answer = acme.upload("/imports", FILE, **{"project_id": project["id"], **parts})

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_archived_project_and_one_of_another_company_take_nothing(
    acme: Api, rival: Api, project: dict[str, Any]
) -> None:
    theirs = rival.post("/projects", {"key": "APP", "name": "Theirs"}).json()["id"]
    assert acme.upload("/imports", FILE, project_id=theirs).json()["code"] == "unknown-project"

    acme.patch(f"/projects/{project['id']}", {"status": "archived"}, version=project["version"])
    assert acme.upload("/imports", FILE, project_id=project["id"]).status_code == 409


def test_file_stays_with_its_company(acme: Api, rival: Api, project: dict[str, Any], database: Database[Any]) -> None:
    job = acme.upload("/imports", FILE, project_id=project["id"]).json()
    stored = database["job_chunks"].find_one({})

    assert stored is not None
    assert (stored["company_id"], FILE in bytes(stored["data"])) == (acme.company_id, False)
    assert rival.get(f"/jobs/{job['id']}").status_code == 404


def test_file_that_is_too_large_is_refused_before_it_is_read(
    acme: Api, project: dict[str, Any], database: Database[Any]
) -> None:
    answer = acme.upload("/imports", b"x" * (conf.IMPORT_BYTES_MAX + 100_000), project_id=project["id"])

    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
    assert database["job_chunks"].find_one({}) is None


def test_key_that_is_used_again_gives_the_same_job(acme: Api, project: dict[str, Any]) -> None:
    first = acme.upload("/imports", FILE, project_id=project["id"], Idempotency_Key="once")
    again = acme.upload("/imports", FILE, project_id=project["id"], Idempotency_Key="once")
    other = acme.upload("/imports", FILE + b"X-9,Nine\n", project_id=project["id"], Idempotency_Key="once")

    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
    assert other.status_code == 422
    assert len(acme.get("/jobs").json()["data"]) == 1


def test_member_may_not_import(acme: Api, new_member: Callable[..., Api], project: dict[str, Any]) -> None:
    answer = new_member(acme, "member").upload("/imports", FILE, project_id=project["id"])

    assert (answer.status_code, answer.json()["code"]) == (403, "denied")
