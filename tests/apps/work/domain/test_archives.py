"""Archives: read by any tool as they were written, and refused when anything in them was changed."""

from __future__ import annotations

import io
import json
import tarfile
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from apps.work.domain import archives
from apps.work.domain.archives import Entry
from apps.work.errors import BrokenArchive

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = {name: b'{"a":1}\n' * number for number, name in enumerate(archives.FILES)}


def entry(name: str, data: bytes, *, size: int | None = None) -> Entry:
    return Entry(name, len(data) if size is None else size, [data[:3], data[3:]])


def manifest(**changes: Any) -> dict[str, Any]:
    files = [
        {"name": name, "sha256": sha256(data).hexdigest(), "bytes": len(data), "count": data.count(b"\n")}
        for name, data in CONTENT.items()
    ]
    company = {"name": "Acme", "slug": "acme", "country": "DE"}
    return {"format": archives.FORMAT, "schema": archives.SCHEMA, "company": company, "files": files, **changes}


def packed(stated: Any, content: dict[str, bytes]) -> bytes:
    raw = stated if isinstance(stated, bytes) else json.dumps(stated).encode()
    entries = [entry(archives.MANIFEST, raw), *(entry(name, data) for name, data in content.items())]
    return b"".join(archives.written(entries))


def at(path: Path, raw: bytes) -> Path:
    path.write_bytes(raw)
    return path


def test_any_tool_reads_what_is_written() -> None:
    raw = packed(manifest(), CONTENT)

    with tarfile.open(fileobj=io.BytesIO(raw), mode="r:gz") as archive:
        files = {member.name: archive.extractfile(member) for member in archive}
        assert {name: file.read() for name, file in files.items() if file and name != archives.MANIFEST} == CONTENT
    assert packed(manifest(), CONTENT) == raw


def test_good_archive_gives_its_manifest_and_its_lines(tmp_path: Path) -> None:
    path = at(tmp_path / "a.tar.gz", packed(manifest(), CONTENT))

    assert archives.checked(path) == manifest()
    assert list(archives.records(path, name="tasks.ndjson")) == [(1, {"a": 1}), (2, {"a": 1})]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no archive at all",
        packed(manifest(), CONTENT)[:100],
        packed(manifest(), CONTENT | {"tasks.ndjson": b'{"a":2}\n' * 2}),
        packed(manifest(), {name: data for name, data in CONTENT.items() if name != "tasks.ndjson"}),
        packed(manifest(), CONTENT | {"../../etc/passwd": b"x"}),
        packed(manifest(schema=2), CONTENT),
        packed(manifest(format="other"), CONTENT),
        packed(manifest(files=[]), CONTENT),
        packed(manifest(company="acme"), CONTENT),
        packed(manifest(company={"name": {}, "country": "DE"}), CONTENT),
        packed(manifest(files=["tasks.ndjson"]), CONTENT),
        packed(manifest(files=5), CONTENT),
        packed(manifest(files=None), CONTENT),
        packed(manifest(files=[{"name": []}]), CONTENT),
        packed(manifest(files=[*manifest()["files"], 5]), CONTENT),
        packed(manifest(files=manifest()["files"] * 2), CONTENT),
        packed(b"[]", CONTENT),
        packed(b"no json", CONTENT),
    ],
)
def test_archive_that_is_not_as_it_was_written_is_refused(tmp_path: Path, raw: bytes) -> None:
    with pytest.raises(BrokenArchive):
        archives.checked(at(tmp_path / "a.tar.gz", raw))


def test_file_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    entries = [entry(archives.MANIFEST, json.dumps(manifest()).encode())]
    entries += [entry(name, data) for name, data in [("tasks.ndjson", b'{"b":1}\n'), *CONTENT.items()]]

    with pytest.raises(BrokenArchive, match=r"tasks\.ndjson twice"):
        archives.checked(at(tmp_path / "a.tar.gz", b"".join(archives.written(entries))))


def test_file_that_has_become_shorter_breaks_the_archive_off() -> None:
    with pytest.raises(BrokenArchive):
        list(archives.written([entry("tasks.ndjson", b"short", size=9)]))
