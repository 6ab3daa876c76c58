"""Archives: a company's whole export as one `.tar.gz`, written while it is sent and never held whole.

Written twice it is the same to the byte: no name, no time and no number of whoever has written it is in there.
"""

from __future__ import annotations

import json
import tarfile
import zlib
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from apps.work.errors import BrokenArchive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import IO

MANIFEST: Final = "manifest.json"
FORMAT: Final = "novapulse-company"
SCHEMA: Final = 1
FILES: Final = ("members.ndjson", "projects.ndjson", "tasks.ndjson", "comments.ndjson")

_GZIP: Final = zlib.MAX_WBITS | 16
_MANIFEST_BYTES_MAX: Final = 64 * 1024
_LINE_BYTES_MAX: Final = 1024 * 1024  # the longest description, each character escaped, is a fifth of it

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the archive: its name, its size in bytes, and its content piece by piece."""

    name: str
    size: int
    pieces: Iterable[bytes]


def written(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Give the archive piece by piece. A file that turns out to be shorter or longer than it says breaks it off."""
    packer = zlib.compressobj(wbits=_GZIP)
    for entry in entries:
        for piece in _as_tar(entry):
            if packed := packer.compress(piece):
                yield packed
    yield packer.compress(bytes(2 * tarfile.BLOCKSIZE)) + packer.flush()


def _as_tar(entry: Entry) -> Iterator[bytes]:
    head = tarfile.TarInfo(entry.name)
    head.size = entry.size
    yield head.tobuf(tarfile.USTAR_FORMAT)
    left = entry.size
    for piece in entry.pieces:
        left -= len(piece)
        yield piece
    if left != 0:
        raise BrokenArchive(f"{entry.name} is not as long as it was.")
    yield bytes(-entry.size % tarfile.BLOCKSIZE)


def checked(path: Path) -> Document:
    """Read an archive once, whole: give its manifest where every file is as the manifest says.

    Raises BrokenArchive, OSError.
    """
    found: Document = {}
    manifest: Document = {}
    for name, file in _files(path):
        if name in found or (name == MANIFEST and manifest):
            raise BrokenArchive(f"The archive has {name} twice.")
        if name == MANIFEST:
            manifest = _manifest(file.read(_MANIFEST_BYTES_MAX))
        else:
            found[name] = _described(name, file)
    stated = manifest.get("files", {})
    if set(found) != set(FILES) or found != stated:
        wrong = sorted(name for name in {*FILES, *found} if found.get(name) != stated.get(name))
        raise BrokenArchive(f"The archive is not as its manifest says: {', '.join(wrong) or 'files are missing'}.")
    return {**manifest, "files": list(stated.values())}


def records(path: Path, *, name: str) -> Iterator[tuple[int, Document]]:
    """Read one file of an archive line by line: the number of the line, and what it holds."""
    for found, file in _files(path):
        if found == name:
            for line, text in enumerate(iter(lambda: file.readline(_LINE_BYTES_MAX), b""), 1):  # noqa: B023  used at once
                yield line, _record(text, place=f"{name}, line {line}")


def _files(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    try:
        with tarfile.open(path, "r|gz") as archive:
            for member in archive:
                file = archive.extractfile(member)
                if file is None or member.name not in {MANIFEST, *FILES}:
                    raise BrokenArchive(f"The archive has {member.name[:50]!r}, which is no file of an export.")
                yield member.name, file
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise BrokenArchive from error


def _described(name: str, file: IO[bytes]) -> Document:
    digest, size, count = sha256(), 0, 0
    while piece := file.read(_LINE_BYTES_MAX):
        digest.update(piece)
        size += len(piece)
        count += piece.count(b"\n")
    return {"name": name, "sha256": digest.hexdigest(), "bytes": size, "count": count}


def _manifest(raw: bytes) -> Document:
    manifest = _record(raw, place=MANIFEST)
    if (manifest.get("format"), manifest.get("schema")) != (FORMAT, SCHEMA):
        raise BrokenArchive(f"The manifest is of another kind or version; this reads {FORMAT} {SCHEMA}.")
    company = manifest.get("company")
    if not isinstance(company, dict) or not all(isinstance(company.get(name), str) for name in ("name", "country")):
        raise BrokenArchive("The manifest does not say which company this was.")
    return {**manifest, "files": _by_name(manifest.get("files"))}


def _by_name(files: Any) -> Document:  # noqa: ANN401  JSON may hold anything
    if not isinstance(files, list) or not all(isinstance(each, dict) for each in files):
        raise BrokenArchive("The manifest does not list the files of the archive.")
    named = {str(each.get("name")): each for each in files}
    if len(named) != len(files):
        raise BrokenArchive("The manifest lists a file twice.")
    return named


def _record(raw: bytes, *, place: str) -> Document:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BrokenArchive(f"{place} is not JSON.") from error
    if not isinstance(found, dict):
        raise BrokenArchive(f"{place} is not a JSON object.")
    return found
