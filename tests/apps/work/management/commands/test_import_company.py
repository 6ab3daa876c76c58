"""`manage.py import_company`, as an operator calls it."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from tests.apps.work.jobs import done

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.api import Api


def run(*arguments: str | Path) -> str:
    out = io.StringIO()
    call_command("import_company", *map(str, arguments), stdout=out)
    return out.getvalue().strip()


@pytest.fixture
def archive(acme: Api, tmp_path: Path) -> Path:
    """Export a company over HTTP."""
    project = acme.post("/projects", {"key": "APP", "name": "App"}).json()
    task = acme.post("/tasks", {"project_id": project["id"], "title": "=A task"}).json()
    acme.post(f"/tasks/{task['id']}/comments", {"body": "A word"})
    return download(acme, tmp_path / "acme.tar.gz")


def download(api: Api, path: Path) -> Path:
    job = done(api, api.post("/company:export"))
    answer: Any = api.get(f"/jobs/{job['id']}/result")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/gzip")
    path.write_bytes(b"".join(answer.streaming_content))
    return path


def test_company_that_is_not_there_is_founded_with_all_that_was_exported(archive: Path) -> None:
    assert run("--company", "copy", archive) == "Imported 1 members, 1 projects, 1 tasks, 1 comments into copy."

    with pytest.raises(CommandError, match="has projects"):
        run("--company", "copy", archive)


def test_empty_company_takes_it_and_its_owner_stays(archive: Path, rival: Api) -> None:
    said = json.loads(run("--company", "rival", archive, "--json"))

    assert said == {"company": "rival", "members": 1, "projects": 1, "tasks": 1, "comments": 1, "dry_run": False}
    [task] = rival.get("/tasks").json()["data"]
    assert (task["title"], task["number"]) == ("=A task", 1)
    assert {member["email"] for member in rival.get("/members").json()["data"]} == {rival.email, "owner@acme.example"}


def test_dry_run_checks_and_changes_nothing(archive: Path, rival: Api) -> None:
    assert run("--company", "rival", archive, "--dry-run").startswith("Would import 1 members, 1 projects")
    assert run("--company", "new", archive, "--dry-run").startswith("Would import")
    assert rival.get("/projects").json()["data"] == []

    with pytest.raises(CommandError, match="has projects"):
        run("--company", "acme", archive, "--dry-run")


@pytest.mark.parametrize(
    ("file", "sentence"), [("/no/such/file", "No such file"), (__file__, "not a company's whole export")]
)
def test_mistake_is_one_sentence(database: object, file: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run("--company", "new", file)


def test_only_the_owner_exports_the_company(acme: Api, new_member: Callable[..., Api]) -> None:
    assert new_member(acme, "admin").post("/company:export").status_code == 403
