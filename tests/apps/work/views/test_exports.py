"""Exports over HTTP: asked for, watched, downloaded; and taken in elsewhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.apps.work.jobs import done

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database

    from tests.api import Api


def downloaded(api: Api, job: dict[str, Any]) -> bytes:
    answer = api.get(f"/jobs/{job['id']}/result")
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # it streams


def exported(api: Api, **order: Any) -> bytes:
    return downloaded(api, done(api, api.post("/exports", {"format": "csv", **order})))


def test_export_is_an_attachment_that_no_browser_guesses_about(acme: Api, new_task: Callable[..., Any]) -> None:
    new_task(title="=SUM(A1)", labels=["a", "b"], points=2)
    job = done(acme, acme.post("/exports", {"format": "csv"}))

    answer = acme.get(f"/jobs/{job['id']}/result")

    assert job["result"] == {"rows": 1, "bytes": int(answer.headers["Content-Length"])}
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="export-{job["id"]}.csv"'
    assert (answer.headers["X-Content-Type-Options"], answer.headers["Cache-Control"]) == (
        "nosniff",
        "private, no-store",
    )
    assert "RateLimit" in answer.headers
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # it streams
    assert body.splitlines()[1] == b'APP-1,\'=SUM(A1),,todo,none,,"a,b",2,'


def test_what_is_exported_can_be_imported_elsewhere_and_exported_equal(
    acme: Api, rival: Api, new_task: Callable[..., Any]
) -> None:
    new_task(
        title="One", description=" kept \n'=as it is", status="done", priority="high", labels=["x, y".replace(",", ";")]
    )
    new_task(title="Two", external_key="EX-2", due_at="2026-01-31T12:00:00.123Z", points=0.5)
    first = exported(acme)
    theirs = rival.post("/projects", {"key": "OTHER", "name": "Theirs"}).json()["id"]

    job = done(rival, rival.upload("/imports", first, project_id=theirs))

    assert job["result"] == {"created": 2, "present": 0, "bad": 0, "dry_run": False}
    assert exported(rival) == first


def test_filters_are_those_of_the_list(acme: Api, new_task: Callable[..., Any]) -> None:
    new_task(title="Mine", assignee_id=acme.user["membership_id"])
    new_task(title="Nobody's", due_at="2026-01-31T12:00:00Z")

    mine = exported(acme, format="ndjson", assignee_id=[acme.user["membership_id"]])
    late = exported(acme, format="ndjson", assignee_id=[None], due_before="2026-02-01T00:00:00Z")

    assert [json.loads(line)["title"] for line in mine.splitlines()] == ["Mine"]
    assert [json.loads(line)["title"] for line in late.splitlines()] == ["Nobody's"]


@pytest.mark.parametrize(
    ("order", "pointer"),
    [
        ({}, "/format"),
        ({"format": "xlsx"}, "/format"),
        ({"format": "csv", "status": "done"}, "/status"),
        ({"format": "csv", "status": []}, "/status"),
        ({"format": "csv", "project_id": [{"$ne": None}]}, "/project_id/0"),
        ({"format": "csv", "q": "text"}, "/q"),
    ],
)
def test_bad_order_is_refused_by_its_field(acme: Api, order: dict[str, Any], pointer: str) -> None:
    answer = acme.post("/exports", order)

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_result_is_there_when_the_job_has_succeeded_and_for_whoever_asked(
    acme: Api, rival: Api, new_member: Callable[..., Api]
) -> None:
    waiting = acme.post("/exports", {"format": "csv"})
    path = f"/jobs/{waiting.json()['id']}/result"
    assert acme.get(path).json()["code"] == "no-result"
    done(acme, waiting)

    assert acme.get(path).status_code == 200
    for other in (rival, new_member(acme, "manager")):
        assert (other.get(path).status_code, other.get(path).json()["code"]) == (404, "not-found")


def test_file_that_has_expired_is_no_result(acme: Api, database: Database[Any]) -> None:
    job = done(acme, acme.post("/exports", {"format": "csv"}))
    database["job_chunks"].delete_many({})

    assert acme.get(f"/jobs/{job['id']}/result").json()["code"] == "no-result"
