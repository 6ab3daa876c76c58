"""A company's whole export as a job: a file of lines for each kind of thing, and a manifest that says what they are.

No secret is in it: no password, key, token or session. Two exports of equal companies are equal to the byte, but for
the manifest's time and company.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from bson import ObjectId

from apps.auth import api as auth_api
from apps.tenants import api as tenants_api
from apps.work import conf
from apps.work.documents import Comment, Project, Task
from apps.work.domain import archives, job_files, jobs
from apps.work.domain.archives import FILES, Entry
from apps.work.domain.company_pages import PAGES
from apps.work.domain.job_steps import Step
from apps.work.enums import JobKind
from apps.work.errors import ExportTooLarge
from novapulse import clock
from novapulse.tenancy import scope
from novapulse.web import rendering

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from apps.work.domain.job_steps import Run

Document = dict[str, Any]


def create() -> Document:
    """Ask for the bound company's whole export, inside the caller's transaction. Raises TooManyJobs."""
    return jobs.create(JobKind.COMPANY_EXPORT, _parameters())


def create_for_staff() -> Document:
    """Ask for it in nobody's name, as staff of the platform do. Otherwise as `create`."""
    return jobs.create_for_staff(JobKind.COMPANY_EXPORT, _parameters())


def _parameters() -> Document:
    return {"files": {name.partition(".")[0]: ObjectId() for name in FILES}}


def perform(run: Run) -> Document:
    """Write the pages behind those that earlier attempts have written, then tell of each file what it is."""
    run.expect(count_lines())
    files = [(name, run.parameters["files"][name.partition(".")[0]]) for name in FILES]
    at = run.job["position"] or _beginning(0, [])
    while at["file"] < len(files):
        name, file_id = files[at["file"]]
        run.step(lambda at=at, name=name, file_id=file_id: _step(at, name=name, file_id=file_id))  # type: ignore[misc]  # bound now
        at = run.job["position"]
    described = [_described(name, file_id, count=at["counts"][place]) for place, (name, file_id) in enumerate(files)]
    stored = [{"name": name, "id": file_id} for name, file_id in files]
    return {"manifest": manifest(described), "file": {"format": "tar.gz", "files": stored}}


def count_lines() -> int:
    """Tell how many lines the bound company's whole export has."""
    ours = sum(document.collection().count_documents({}) for document in (Project, Task, Comment))
    return ours + len(auth_api.roster())


def archive(job: Document) -> Iterator[bytes]:
    """Give the archive of an export that has succeeded, piece by piece. Raises NoResult where it has expired."""
    head = rendering.encode(job["result"]["manifest"])
    sizes = {each["name"]: each["bytes"] for each in job["result"]["manifest"]["files"]}
    entries = [Entry(archives.MANIFEST, len(head), [head])]
    files = job["result"]["file"]["files"]
    entries += [Entry(each["name"], sizes[each["name"]], job_files.streamed(each["id"])) for each in files]
    return archives.written(entries)


def _beginning(file: int, counts: list[int]) -> Document:
    return {"file": file, "place": None, "chunks": 0, "bytes": 0, "count": 0, "counts": counts}


def _step(at: Mapping[str, Any], *, name: str, file_id: ObjectId) -> Step:
    lines = PAGES[name](at["place"])
    data = b"".join(rendering.encode(record) + b"\n" for record in lines.records)
    chunks = job_files.append(file_id, data, number=at["chunks"])
    size, count = at["bytes"] + len(data), at["count"] + len(lines.records)
    if size > conf.EXPORT_BYTES_MAX:
        raise ExportTooLarge
    if lines.next is None:
        return Step(len(lines.records), position=_beginning(at["file"] + 1, [*at["counts"], count]))
    position = {**at, "place": lines.next, "chunks": chunks, "bytes": size, "count": count}
    return Step(len(lines.records), position=position)


def _described(name: str, file_id: ObjectId, *, count: int) -> Document:
    digest, size = sha256(), 0
    for data in job_files.chunks(file_id):
        digest.update(data)
        size += len(data)
    return {"name": name, "sha256": digest.hexdigest(), "bytes": size, "count": count}


def manifest(described: list[Document]) -> Document:
    """Give the manifest of the bound company's export, whose files are these."""
    company = tenants_api.company(scope.current().company_id)
    return {
        "format": archives.FORMAT,
        "schema": archives.SCHEMA,
        "exported_at": clock.now(),
        "company": {"name": company.name, "slug": company.slug, "country": company.country},
        "files": described,
    }
