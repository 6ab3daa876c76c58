"""Files of jobs: kept in pieces as documents of the company, so that any worker has them at hand; they expire.

Each piece is sealed under the company's data key, bound to its file and its place in it.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from bson import ObjectId
from cryptography.exceptions import InvalidTag

from apps.tenants import api as tenants_api
from apps.tenants.errors import NoDataKey
from apps.work import conf
from apps.work.documents import JobChunk
from apps.work.errors import NoResult
from novapulse import clock, keys
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


class Writer:
    """Takes a new file as it comes in, piece by piece, and holds no more of it than one chunk in memory."""

    def __init__(self) -> None:
        """Start an empty file under an id of its own."""
        self.file_id = ObjectId()
        self._number = 0
        self._held = bytearray()

    def write(self, data: bytes) -> None:
        """Take more of the file: one command for each chunk that is full."""
        self._held += data
        while len(self._held) >= conf.JOB_CHUNK_BYTES:
            self._flush(conf.JOB_CHUNK_BYTES)

    def close(self) -> None:
        """Write what is left."""
        if self._held:
            self._flush(len(self._held))

    def _flush(self, size: int) -> None:
        append(self.file_id, bytes(self._held[:size]), number=self._number)
        self._number += 1
        del self._held[:size]


def append(file_id: ObjectId, data: bytes, *, number: int) -> int:
    """Write data behind the first `number` chunks of a file, by one command; give the number of chunks then."""
    pieces = [data[start : start + conf.JOB_CHUNK_BYTES] for start in range(0, len(data), conf.JOB_CHUNK_BYTES)]
    if number == 0 and not pieces:
        pieces = [b""]  # so that a file that is empty differs from one that has expired
    expires_at = clock.now() + conf.JOB_FILE_KEPT_FOR
    documents: list[dict[str, Any]] = [
        {"file_id": file_id, "number": place, "data": _sealed(piece, file_id, place), "expires_at": expires_at}
        for place, piece in enumerate(pieces, start=number)
    ]
    if documents:
        JobChunk.collection().insert_many(documents)
    return number + len(documents)


def chunk(file_id: ObjectId, *, number: int) -> bytes | None:
    """Read one piece of a file: one command. None behind its end; raises NoResult where it does not open any more."""
    found = JobChunk.collection().find_one({"file_id": file_id, "number": number}, {"data": 1}, hint="number")
    return None if found is None else _opened(bytes(found["data"]), file_id, number)


def chunks(file_id: ObjectId) -> Iterator[bytes]:
    """Read a file piece by piece: one command each, so that nothing is held open in between."""
    number = 0
    while (data := chunk(file_id, number=number)) is not None:
        yield data
        number += 1


def streamed(file_id: ObjectId) -> Iterator[bytes]:
    """Give a file piece by piece to whoever reads it once this company's scope is left, such as the server.

    Raises NoResult, before anything is given, where it has expired.
    """
    bound, first = scope.current(), chunk(file_id, number=0)
    if first is None:
        raise NoResult("The file has expired; ask for it again.")

    def within() -> Iterator[bytes]:
        data: bytes | None = first
        number = 0
        while data is not None:
            yield data
            number += 1
            with scope.company(bound.company_id, location=bound.location):
                data = chunk(file_id, number=number)

    return within()


def opened(file_id: ObjectId) -> BinaryIO:
    """Give a file for reading from its beginning; raise NoResult where it has expired."""
    if chunk(file_id, number=0) is None:
        raise NoResult("The file has expired; send it again.")
    return io.BufferedReader(_Chunks(chunks(file_id)), conf.JOB_CHUNK_BYTES)


def _sealed(piece: bytes, file_id: ObjectId, number: int) -> bytes:
    return keys.seal(piece, key=tenants_api.sealing_key(), context=_context(file_id, number))


def _opened(sealed: bytes, file_id: ObjectId, number: int) -> bytes:
    try:
        return keys.unseal(sealed, key=tenants_api.opening_key(), context=_context(file_id, number))
    except (InvalidTag, NoDataKey) as error:  # another MASTER_KEY since
        raise NoResult("The file cannot be opened any more; ask for it again.") from error


def _context(file_id: ObjectId, number: int) -> str:
    return f"job-file:{file_id}:{number}"


class _Chunks(io.RawIOBase):
    def __init__(self, source: Iterator[bytes]) -> None:
        self._source = source
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  Python 3.11 has no name for a buffer
        if not self._left:
            self._left = memoryview(next(self._source, b""))
        target = memoryview(buffer)
        taken = self._left[: len(target)]
        target[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        return len(taken)
