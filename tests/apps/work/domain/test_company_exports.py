"""Whole exports as jobs."""

from __future__ import annotations

import io
import json
import tarfile
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from apps.work import conf
from apps.work.domain import company_exports, company_pages, job_runs, jobs
from novapulse.data import transaction
from tests.apps.work.conftest import fill

if TYPE_CHECKING:
    from bson import ObjectId

    from tests.people import Person

SECRETS = ("password", "hash", "token", "secret", "credential", "mfa", "company_id", "_id")


def exported() -> dict[str, Any]:
    job_id = transaction.run(company_exports.create)["_id"]
    job_runs.run(job_id)
    return jobs.one(job_id)


def files_of(job: dict[str, Any]) -> dict[str, bytes]:
    raw = b"".join(company_exports.archive(job))
    with tarfile.open(fileobj=io.BytesIO(raw), mode="r:gz") as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]  # files


def test_manifest_tells_the_truth_about_every_file(rival_at_work: object, desk: Person) -> None:
    fill()

    files = files_of(exported())

    manifest = json.loads(files.pop("manifest.json"))
    assert (manifest["format"], manifest["schema"], manifest["company"]["slug"]) == ("novapulse-company", 1, "acme")
    assert {each["name"]: each["sha256"] for each in manifest["files"]} == {
        name: sha256(data).hexdigest() for name, data in files.items()
    }
    assert [each["count"] for each in manifest["files"]] == [1, 1, 1, 1]
    assert b"rival" not in b"".join(files.values())


def test_no_secret_is_in_it(desk: Person) -> None:
    fill()

    for data in files_of(exported()).values():
        assert [word for word in SECRETS if word in data.decode().replace("sha256", "")] == []


def test_attempt_that_dies_is_taken_up_and_no_line_is_there_twice(
    desk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill()
    whole = files_of(exported())
    monkeypatch.setattr(conf, "EXPORT_PAGE", 1)
    job_id = transaction.run(company_exports.create)["_id"]
    died = 0
    for name, page in company_pages.PAGES.items():
        with monkeypatch.context() as patched:
            patched.setitem(company_pages.PAGES, name, _dying)  # type: ignore[arg-type]  # a dict it is
            with pytest.raises(ConnectionError):
                job_runs.run(job_id)
        died += page is not _dying
    job_runs.run(job_id)

    assert died == 4
    files = files_of(jobs.one(job_id))
    assert {name: data for name, data in files.items() if name != "manifest.json"} == {
        name: data for name, data in whole.items() if name != "manifest.json"
    }


def _dying(_place: object) -> company_pages.Lines:
    raise ConnectionError("the plug was pulled")


def test_progress_counts_what_there_is(desk: Person) -> None:
    fill()

    job = exported()

    assert (job["status"], job["done"], job["total"]) == ("succeeded", 4, 4)


def test_export_of_another_company_is_nobodys(desk: Person, rival_at_work: dict[str, ObjectId]) -> None:
    data = b"".join(files_of(exported()).values())

    assert b"A task" not in data
    assert rival_at_work
