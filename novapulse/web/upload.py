"""Files that come in as a part of a multipart body (RFC 7578): streamed to wherever they are kept, never held whole.

One file at most; the other parts are short texts, each name once. The body wants a Content-Length, so that what is too
large is refused before it is sent, and what was cut short is not taken for the whole.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from novapulse.errors import FieldError, Invalid
from novapulse.web import body
from novapulse.web.refusals import MalformedBody, UnsupportedMediaType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bson import ObjectId
    from django.http import HttpRequest

MEDIA_TYPE: Final = "multipart/form-data"
_OTHER_PARTS_BYTES: Final = 64 * 1024  # beside the file: boundaries, headers, texts


class Sink(Protocol):
    """Where a file goes: it is written piece by piece, then closed. What was not closed is never asked for."""

    file_id: ObjectId

    def write(self, data: bytes) -> None:
        """Take the next piece."""

    def close(self) -> None:
        """Take it that this was all."""


@dataclass(frozen=True, slots=True)
class Received:
    """A file that came in whole: where it is kept, and how many bytes it has."""

    file_id: ObjectId
    size: int

    def close(self) -> None:
        """Do nothing: Django closes the files of a body that turns out to be broken behind them."""


@dataclass(frozen=True, slots=True)
class Form:
    """The parts by name, and what tells this body from every other."""

    parts: Mapping[str, str | Received]
    digest: bytes


def receive(request: HttpRequest, *, sink: Sink, max_bytes: int) -> Form:
    """Read the body and write its file to the sink as it comes.

    Raises LengthRequired, BodyTooLarge, UnsupportedMediaType, MalformedBody; Invalid for a second file or a name twice.
    """
    length = body.checked_length(request, max_bytes=max_bytes + _OTHER_PARTS_BYTES)
    if request.content_type != MEDIA_TYPE or request.META.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
        raise UnsupportedMediaType(f"Send the body as {MEDIA_TYPE}, without a content coding.")
    stream, kept = _Counted(request), _Kept(sink)
    try:
        texts, files = MultiPartParser(request.META, stream, [kept], "utf-8").parse()  # type: ignore[arg-type]  # it reads, no more
    except MultiPartParserError as error:
        raise MalformedBody(f"The body is not {MEDIA_TYPE}.") from error
    if stream.count != length:
        raise body.cut_short()
    found = [*texts.lists(), *files.lists()]
    _check_names([name for name, values in found for _ in values])
    parts = {name: values[0] for name, values in found}
    return Form(parts, _digest(parts, kept.digest.digest()))


def _check_names(names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Invalid(fields=tuple(FieldError(f"/{name}", "repeated", "Give this once.") for name in twice))


def _digest(parts: Mapping[str, str | Received], of_file: bytes) -> bytes:
    texts = sorted((name, text) for name, text in parts.items() if isinstance(text, str))
    return repr(texts).encode() + of_file


class _Counted:
    """The request as a stream, and how much of it has been read."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.count = 0

    def read(self, size: int = -1, /) -> bytes:
        data = self._request.read(size)
        self.count += len(data)
        return data


class _Kept(FileUploadHandler):
    """Writes the one file to the sink."""

    def __init__(self, sink: Sink) -> None:
        super().__init__()
        self._sink = sink
        self._name: str | None = None
        self.digest = hashlib.sha256()

    def new_file(self, field_name: str, *_args: Any, **_options: Any) -> None:  # noqa: ANN401  Django's own
        if self._name is not None:
            raise Invalid(fields=(FieldError(f"/{field_name}", "repeated", "Send one file."),))
        self._name = field_name

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002  Django's own
        self.digest.update(raw_data)
        self._sink.write(raw_data)

    def file_complete(self, file_size: int) -> Received:  # type: ignore[override]  # what is kept is not in our hands
        self._sink.close()
        return Received(self._sink.file_id, file_size)
