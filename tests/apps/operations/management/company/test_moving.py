"""`manage.py company export` and `import`, as an operator calls them."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from apps.work import conf
from apps.work.domain import archives, company_pages
from tests.apps.work.jobs import done
from tests.audited import Audited

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.api import Api


def run(*arguments: str | Path) -> str:
    out = io.StringIO()
    why = ("--reason", "a trial") if arguments[0] == "import" else ()
    call_command("company", *map(str, arguments), *why, stdout=out)
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


def without_time(path: Path) -> dict[str, Any]:
    """Read an archive: its files, and of the manifest all but the time."""
    with tarfile.open(path, "r:gz") as found:
        files: dict[str, Any] = {member.name: found.extractfile(member).read() for member in found}  # type: ignore[union-attr]  # files
    manifest = json.loads(files[archives.MANIFEST])
    return {**files, archives.MANIFEST: {**manifest, "exported_at": None}}


def test_company_that_is_not_there_is_founded_with_all_that_was_exported(archive: Path) -> None:
    assert run("import", "copy", archive) == (
        "Imported 1 members, 1 projects, 1 tasks, 1 comments into copy. "
        "Its owners: owner@acme.example; people in it who had an account here before: 1."
    )

    with pytest.raises(CommandError, match="has projects"):
        run("import", "copy", archive)


def test_empty_company_takes_it_and_its_owner_stays(archive: Path, rival: Api) -> None:
    said = json.loads(run("import", "rival", archive, "--json"))

    counts = {"members": 1, "projects": 1, "tasks": 1, "comments": 1}
    people = {"owners": ["owner@acme.example"], "accounts": 1}
    assert said == {"company": "rival", **counts, **people, "dry_run": False}
    [task] = rival.get("/tasks").json()["data"]
    assert (task["title"], task["number"]) == ("=A task", 1)
    assert {member["email"] for member in rival.get("/members").json()["data"]} == {rival.email, "owner@acme.example"}


def test_dry_run_checks_and_changes_nothing(archive: Path, rival: Api) -> None:
    assert run("import", "rival", archive, "--dry-run").startswith("Would import 1 members, 1 projects")
    assert run("import", "new", archive, "--dry-run").startswith("Would import")
    assert rival.get("/projects").json()["data"] == []

    for slug, sentence in (("acme", "has projects"), ("No slug", "is no slug")):
        with pytest.raises(CommandError, match=sentence):
            run("import", slug, archive, "--dry-run")


@pytest.mark.parametrize(
    ("file", "sentence"), [("/no/such/file", "No such file"), (__file__, "not a company's whole export")]
)
def test_mistake_is_one_sentence(database: object, file: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run("import", "new", file)


def test_operators_export_is_the_owners_to_the_byte_but_for_its_time(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "EXPORT_PAGE", 1)
    taken = tmp_path / "taken.tar.gz"
    said = json.loads(run("export", "acme", taken, "--json"))
    assert said == {
        "company": "acme",
        "file": str(taken),
        "bytes": taken.stat().st_size,
        "members": 1,
        "projects": 1,
        "tasks": 1,
        "comments": 1,
    }
    assert without_time(taken) == without_time(archive)
    assert taken.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("status", ["read_only", "suspended", "deleting"])
def test_company_is_exported_in_any_state_and_restored_under_another_name(
    archive: Path, tmp_path: Path, rival: Api, database: Any, status: str
) -> None:
    database["companies"].update_one({"slug": "acme"}, {"$set": {"status": status}})
    for slug, file in (("acme", "one"), ("copy", "two")):
        run("export", slug, tmp_path / file)
        if slug == "acme":
            run("import", "copy", tmp_path / file)
    first, second = without_time(tmp_path / "one"), without_time(tmp_path / "two")
    assert {**first, archives.MANIFEST: None} == {**second, archives.MANIFEST: None}
    assert first[archives.MANIFEST]["files"] == second[archives.MANIFEST]["files"]
    assert rival.get("/projects").json()["data"] == []


def test_failed_export_leaves_no_file(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sorted(tmp_path.iterdir())
    taken = tmp_path / "taken.tar.gz"
    with monkeypatch.context() as patched:
        patched.setitem(company_pages.PAGES, "comments.ndjson", lambda _place: 1 / 0)  # type: ignore[arg-type]  # a dict it is
        with pytest.raises(ZeroDivisionError):
            run("export", "acme", taken)
    assert sorted(tmp_path.iterdir()) == before
    run("export", "acme", taken)
    with pytest.raises(CommandError, match="is there already"):
        run("export", "acme", taken)


def test_export_is_written_down_in_the_companys_audit_before_it_is_read(
    archive: Path, tmp_path: Path, database: Any
) -> None:
    audited = Audited(database)
    run("export", "acme", tmp_path / "taken.tar.gz", "--reason", "asked for")
    (told,) = audited.told()
    assert (told["action"], told["reason"]) == ("company.exported", "asked for")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("export", "nobody", "x.tar.gz"), "There is no company 'nobody'"),
        (("export", "acme", "/no/such/folder/x.tar.gz"), "No such file"),
    ],
)
def test_mistake_of_an_export_is_one_sentence(acme: Api, arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(*arguments)


def test_only_the_owner_exports_the_company(acme: Api, new_member: Callable[..., Api]) -> None:
    assert new_member(acme, "admin").post("/company:export").status_code == 403
