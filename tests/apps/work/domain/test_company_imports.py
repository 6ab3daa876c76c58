"""Whole imports: what was exported is there again, and exported again it is the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from apps.auth.enums import Role
from apps.tenants import api as tenants_api
from apps.tenants.errors import CompanyGoing
from apps.work.documents import Comment, Project, Task
from apps.work.domain import archives, bulk_create, comments, company_exports, company_imports, job_runs, jobs, projects
from apps.work.domain.bulk_create import NewTask
from apps.work.errors import BrokenArchive, CompanyNotActive, CompanyNotEmpty
from novapulse.data import transaction
from novapulse.tenancy import scope
from tests import people

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apps.tenants.api import CompanyRecord
    from tests.people import Person


@pytest.fixture
def archive(olive: Person, tmp_path: Path) -> Path:
    """Export a company with people of every sort, projects, tasks of every value, and comments."""
    home = tenants_api.company(olive.membership.company_id)
    ann = people.person(home, role=Role.MEMBER, email="ann@acme.example")
    gone = people.person(home, role=Role.VIEWER, email="gone@acme.example")
    with people.acting(olive):
        _fill(ann, gone)
        return _exported(tmp_path / "first.tar.gz")


def _fill(ann: Person, gone: Person) -> None:
    app = projects.create(key="APP", name="App", description="=what it is")["_id"]
    empty = projects.create(key="OLD", name="Ölfeld", description="")
    projects.update(empty["_id"], changes={"status": "archived"}, version=1)
    rows = [
        NewTask("One", description=" text\r\n", status="done", priority="high", labels=("a", "b"), points=0.5),
        NewTask("Two", assignee_id=ann.id, due_at=datetime(2026, 1, 31, tzinfo=UTC), external_key="EX-2", points=3),
        NewTask("Three", assignee_id=gone.id),
    ]
    made = bulk_create.insert_tasks(rows, project_id=app, reporter_id=ann.id)
    Task.collection().delete_one({"_id": made[0]["_id"]})  # a number that is not used again
    for task in made[1:]:
        for word in ("first", "second"):
            transaction.run(lambda task=task, word=word: comments.create(task["_id"], body=word))


def _exported(path: Path) -> Path:
    job_id = transaction.run(company_exports.create)["_id"]
    job_runs.run(job_id)
    path.write_bytes(b"".join(company_exports.archive(jobs.one(job_id))))
    return path


@pytest.fixture
def elsewhere(archive: Path) -> Iterator[CompanyRecord]:
    """Work for a company that is empty."""
    company = people.company("elsewhere", country="FR")
    with scope.company(company.id, location="FR"):
        yield company


def run(path: Path) -> dict[str, int]:
    return company_imports.import_company(path, progress=lambda _lines: None)


def test_imported_and_exported_again_it_is_the_same_to_the_byte(
    archive: Path, elsewhere: CompanyRecord, olive: Person, tmp_path: Path
) -> None:
    counts = run(archive)

    assert counts == {"members": 3, "projects": 2, "tasks": 2, "comments": 4}
    membership = people.memberships.active_in(elsewhere.id, identity_id=olive.identity.id)
    assert membership is not None
    with people.acting(people.Person(olive.identity, membership)):
        second = _exported(tmp_path / "second.tar.gz")
    first_files, second_files = (archives.checked(path)["files"] for path in (archive, second))
    assert second_files == first_files
    for name in archives.FILES:
        assert list(archives.records(second, name=name)) == list(archives.records(archive, name=name))


def test_next_task_gets_the_number_that_it_would_have_had(archive: Path, elsewhere: CompanyRecord) -> None:
    run(archive)

    project = Project.collection().find_one({"key": "APP"})
    assert project is not None
    [task] = bulk_create.insert_tasks([NewTask("Four")], project_id=project["_id"], reporter_id=None)
    assert task["number"] == 4
    assert {comment["company_id"] for comment in Comment.collection().find({})} == {elsewhere.id}


def test_company_with_a_project_takes_nothing(archive: Path, elsewhere: CompanyRecord) -> None:
    Project.collection().insert_one({"key": "ANY", "next_number": 1})

    with pytest.raises(CompanyNotEmpty):
        run(archive)
    assert Task.collection().count_documents({}) == 0


def test_import_that_was_broken_off_is_run_again(
    archive: Path, elsewhere: CompanyRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_arguments: Any, **_options: Any) -> None:
        raise ConnectionError("the plug was pulled")

    with monkeypatch.context() as patched:
        patched.setattr(company_imports, "_insert_projects", failing)
        with pytest.raises(ConnectionError):
            run(archive)
    assert Task.collection().count_documents({}) == 2

    run(archive)
    assert (Task.collection().count_documents({}), Comment.collection().count_documents({})) == (2, 4)


@pytest.mark.parametrize("status", ["read_only", "suspended", "deleting"])
def test_company_that_is_not_active_takes_nothing(
    archive: Path, elsewhere: CompanyRecord, database: Any, status: str
) -> None:
    database["companies"].update_one({"_id": elsewhere.id}, {"$set": {"status": status}})

    with pytest.raises(CompanyNotActive, match=r"elsewhere is .*; only an active company"):
        run(archive)
    assert database["memberships"].count_documents({"company_id": elsewhere.id}) == 0


@pytest.mark.parametrize("part", ["restore", "_insert_tasks", "_insert_comments", "_insert_projects"])
def test_nothing_is_written_any_more_once_the_deletion_of_the_company_has_begun(
    archive: Path, elsewhere: CompanyRecord, database: Any, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    real, before = company_imports._held, dict[str, int]()

    def held(work: Any) -> Any:
        if getattr(work, "func", work).__name__ == part:
            tenants_api.ask_deletion("elsewhere")
            assert transaction.run(lambda: tenants_api.begin_deletion(elsewhere.id))
            before.update(_counts(database, elsewhere))
        return real(work)

    monkeypatch.setattr(company_imports, "_held", held)
    with pytest.raises(CompanyGoing, match="elsewhere is being deleted"):
        run(archive)
    assert _counts(database, elsewhere) == before != {}


def _counts(database: Any, company: CompanyRecord) -> dict[str, int]:
    names = ("memberships", "tasks", "comments", "projects")
    return {name: database[name].count_documents({"company_id": company.id}) for name in names}


def test_line_that_nobody_has_checked_is_refused_by_the_index(
    archive: Path, elsewhere: CompanyRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = archives.records
    monkeypatch.setattr(archives, "records", lambda path, *, name: [*real(path, name=name)] * (1 + ("tasks" in name)))

    with pytest.raises(BrokenArchive, match="is there already"):
        run(archive)


def test_leftovers_of_another_company_stay(archive: Path, elsewhere: CompanyRecord, database: Any) -> None:
    before = database["tasks"].count_documents({"company_id": {"$ne": elsewhere.id}})

    run(archive)

    assert database["tasks"].count_documents({"company_id": {"$ne": elsewhere.id}}) == before == 3


def test_task_of_a_project_that_is_not_there_breaks_the_import(archive: Path, elsewhere: CompanyRecord) -> None:
    source = company_imports.Source(archive, {None: None}, {})

    with pytest.raises(BrokenArchive, match="NONE is not among the projects"):
        source.project("NONE")
    with pytest.raises(BrokenArchive, match="is not among the members"):
        source.member("nobody@acme.example")
