"""A company's whole export straight into a file, as an operator takes it: without a job, and of any size.

Byte for byte what `company_exports` makes, but for the manifest's time. The pages go into files beside the one that is
wanted, since the manifest stands first and tells their lengths; memory holds one page. The file that is wanted is there
when all of it is written, or not at all. The pages go however it ends; a process that is killed leaves its folder, and
the next export into the same place takes it away: nobody holds its lock any more.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from contextlib import contextmanager, suppress
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
    from typing import BinaryIO

Document = dict[str, Any]

_PIECE_BYTES: Final = 1024 * 1024
_PREFIX: Final = ".novapulse-export-"
_MODE: Final = 0o600


def take_out(path: Path, *, progress: Callable[[int], None]) -> Document:
    """Export the bound company into a file that nobody else may read; call `progress` with how many lines are done.

    Gives the manifest. It is written down in the company's audit before anything is read.

    Raises FileExistsError where there is such a file, any OSError of writing it; then nothing of it is left. Raises
    CompanyGoing where the deletion of the company has begun.
    """
    if path.exists():
        raise _there_already()
    transaction.run(_write_down)
    _clear_up(path.parent)
    with TemporaryDirectory(dir=path.parent, prefix=_PREFIX) as name, _locked(Path(name)):
        folder = Path(name)
        manifest = company_exports.manifest([_written(folder, file, progress=progress) for file in FILES])
        whole = folder / "whole"
        with _new(whole) as archive:
            archive.writelines(archives.written(_entries(folder, manifest)))
            archive.flush()
            os.fsync(archive.fileno())
        _give(whole, path)
    return manifest


def _clear_up(beside: Path) -> None:
    """Take away what exports into this place have left that were killed."""
    for left in beside.glob(f"{_PREFIX}*"):
        with suppress(OSError), _locked(left):  # somebody else's, or one that is under way
            shutil.rmtree(left)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a folder for the block; a lock ends with its process. Raises BlockingIOError where another one holds it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _give(whole: Path, path: Path) -> None:
    """Give a file its name, as a link: renaming would take the place of one that has come there meanwhile."""
    try:
        os.link(whole, path)
    except FileExistsError as error:
        raise _there_already() from error


def _there_already() -> FileExistsError:
    return FileExistsError(errno.EEXIST, "It is there already, and is left as it is")


def _new(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb")


def _write_down() -> None:
    company = tenants_api.hold_company(scope.current().company_id)
    audit_api.record([Entry(Action.COMPANY_EXPORTED, company.id)])


def _written(folder: Path, name: str, *, progress: Callable[[int], None]) -> Document:
    """Write a file of lines; give what the manifest says of it."""
    digest, size, count, place = sha256(), 0, 0, None
    with _new(folder / name) as file:
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
