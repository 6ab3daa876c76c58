"""A company's whole export straight into a file, as an operator takes it: without a job, and of any size.

Byte for byte what `company_exports` makes, but for the manifest's time. The pages go into files beside the one that is
wanted, since the manifest stands first and tells their lengths; memory holds one page. The file that is wanted is there
when all of it is written, or not at all.
"""

from __future__ import annotations

import errno
import os
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.tenants import api as tenants_api
from apps.work.domain import archives, company_exports
from apps.work.domain.archives import FILES
from apps.work.domain.company_pages import PAGES
from novapulse.data import transaction
from novapulse.tenancy import scope
from novapulse.web import rendering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Document = dict[str, Any]

_PIECE_BYTES: Final = 1024 * 1024


def take_out(path: Path, *, progress: Callable[[int], None]) -> Document:
    """Export the bound company into a file that nobody else may read; call `progress` with how many lines are done.

    Gives the manifest. It is written down in the company's audit before anything is read.

    Raises FileExistsError where there is such a file, any OSError of writing it; then nothing of it is left. Raises
    CompanyGoing where the deletion of the company has begun.
    """
    if path.exists():
        raise FileExistsError(errno.EEXIST, "It is there already, and is left as it is")
    transaction.run(_write_down)
    with TemporaryDirectory(dir=path.parent, prefix=".export-") as name:
        folder = Path(name)
        manifest = company_exports.manifest([_written(folder, file, progress=progress) for file in FILES])
        whole = folder / "whole"
        whole.touch(mode=0o600)
        with whole.open("wb") as archive:
            archive.writelines(archives.written(_entries(folder, manifest)))
            archive.flush()
            os.fsync(archive.fileno())
        whole.rename(path)
    return manifest


def _write_down() -> None:
    company = tenants_api.hold_company(scope.current().company_id)
    audit_api.record([Entry(Action.COMPANY_EXPORTED, company.id)])


def _written(folder: Path, name: str, *, progress: Callable[[int], None]) -> Document:
    """Write a file of lines; give what the manifest says of it."""
    digest, size, count, place = sha256(), 0, 0, None
    with (folder / name).open("wb") as file:
        while True:
            lines = PAGES[name](place)
            data = b"".join(rendering.encode(record) + b"\n" for record in lines.records)
            file.write(data)
            digest.update(data)
            size, count, place = size + len(data), count + len(lines.records), lines.next
            progress(len(lines.records))
            if place is None:
                return {"name": name, "sha256": digest.hexdigest(), "bytes": size, "count": count}


def _entries(folder: Path, manifest: Document) -> Iterator[archives.Entry]:
    head = rendering.encode(manifest)
    yield archives.Entry(archives.MANIFEST, len(head), [head])
    for each in manifest["files"]:
        yield archives.Entry(each["name"], each["bytes"], _pieces(folder / each["name"]))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece
