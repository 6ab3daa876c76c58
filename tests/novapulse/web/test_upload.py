"""Files in multipart bodies: streamed, bounded, whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from django.test import RequestFactory

from novapulse.errors import Invalid
from novapulse.web import upload
from novapulse.web.refusals import BodyTooLarge, LengthRequired, MalformedBody, UnsupportedMediaType
from novapulse.web.upload import Form, Received

if TYPE_CHECKING:
    from django.core.handlers.wsgi import WSGIRequest

CLOSE = b"--b--\r\n"


@dataclass
class Box:
    """Where a file goes in these tests."""

    file_id: ObjectId = field(default_factory=ObjectId)
    pieces: list[bytes] = field(default_factory=list)
    is_closed: bool = False

    def write(self, data: bytes) -> None:
        self.pieces.append(data)

    def close(self) -> None:
        self.is_closed = True


def part(name: str, content: bytes, *, filename: str | None = None) -> bytes:
    file = "" if filename is None else f'; filename="{filename}"'
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + content + b"\r\n"


def request(raw: bytes, **environ: Any) -> WSGIRequest:
    given = {"content_type": "multipart/form-data; boundary=b", **environ}
    return RequestFactory().post("/", raw, **given)


def receive(raw: bytes, *, box: Box | None = None, max_bytes: int = 10_000_000, **environ: Any) -> Form:
    return upload.receive(request(raw, **environ), sink=box or Box(), max_bytes=max_bytes)


def test_file_goes_to_its_sink_and_texts_come_beside_it() -> None:
    box = Box()

    form = receive(part("title", "grün".encode()) + part("file", b"a,b\n", filename="x.csv") + CLOSE, box=box)

    assert form.parts == {"title": "grün", "file": Received(box.file_id, 4)}
    assert (b"".join(box.pieces), box.is_closed) == (b"a,b\n", True)


def test_file_comes_in_pieces_and_never_as_a_whole() -> None:
    box, size = Box(), 1_000_000

    receive(part("file", b"x" * size, filename="x.csv") + CLOSE, box=box)

    assert sum(map(len, box.pieces)) == size
    assert max(map(len, box.pieces)) <= 64 * 1024


def test_equal_bodies_have_one_digest_and_others_have_others() -> None:
    file, text = part("file", b"a", filename="x.csv"), part("title", b"t")
    first = receive(text + file + CLOSE).digest

    assert receive(file + text + CLOSE).digest == first
    assert receive(text + part("file", b"b", filename="x.csv") + CLOSE).digest != first
    assert receive(part("title", b"u") + file + CLOSE).digest != first


def test_body_that_is_too_large_is_refused_before_it_is_read() -> None:
    box = Box()
    with pytest.raises(BodyTooLarge):
        receive(part("file", b"x" * 100_000, filename="x.csv") + CLOSE, box=box, max_bytes=10_000)
    assert box.pieces == []


@pytest.mark.parametrize(("beyond", "drained"), [(1_000_000, True), (20_000_000, False)])
def test_body_that_is_a_little_too_large_is_read_to_its_end_so_that_its_sender_hears_why(
    beyond: int,
    drained: bool,  # noqa: FBT001  a parameter
) -> None:
    size = 10_000_000 + beyond
    stream = BytesIO(b"x" * size)

    with pytest.raises(BodyTooLarge):
        receive(b"", CONTENT_LENGTH=str(size), **{"wsgi.input": stream})
    assert stream.tell() == (size if drained else 0)


def test_text_beside_the_file_has_a_bound_of_its_own() -> None:
    with pytest.raises(Exception, match="DATA_UPLOAD_MAX_MEMORY_SIZE"):
        receive(part("title", b"t" * 2_000_000) + CLOSE)


def test_body_that_was_cut_short_is_not_taken_for_the_whole() -> None:
    raw, box = part("file", b"x" * 1000, filename="x.csv") + CLOSE, Box()

    with pytest.raises(MalformedBody):
        receive(raw, box=box, **{"wsgi.input": BytesIO(raw[:500])})
    assert not box.is_closed


def test_file_without_an_end_is_no_file() -> None:
    form = receive(part("file", b"x" * 1000, filename="x.csv"))

    assert form.parts == {}


@pytest.mark.parametrize(
    "raw",
    [
        part("file", b"a", filename="x.csv") + part("file", b"b", filename="y.csv") + CLOSE,
        part("file", b"a", filename="x.csv") + part("other", b"b", filename="y.csv") + CLOSE,
        part("title", b"a") + part("title", b"b") + CLOSE,
        part("file", b"a") + part("file", b"b", filename="x.csv") + CLOSE,
    ],
)
def test_second_file_or_name_is_refused(raw: bytes) -> None:
    with pytest.raises(Invalid) as raised:
        receive(raw)
    assert [each.code for each in raised.value.fields] == ["repeated"]


@pytest.mark.parametrize("kind", ["application/json", "multipart/mixed; boundary=b", "text/csv"])
def test_another_media_type_is_refused(kind: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        receive(CLOSE, content_type=kind)


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=ä"]
)
def test_body_without_a_boundary_is_malformed(kind: str) -> None:
    with pytest.raises(MalformedBody):
        receive(CLOSE, content_type=kind)


def test_content_coding_and_chunks_are_refused() -> None:
    with pytest.raises(UnsupportedMediaType):
        receive(CLOSE, HTTP_CONTENT_ENCODING="gzip")
    with pytest.raises(LengthRequired):
        receive(CLOSE, HTTP_TRANSFER_ENCODING="chunked")
    with pytest.raises(MalformedBody):
        receive(b"")
