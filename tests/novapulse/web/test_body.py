"""Bodies are read strictly: what we check is what we store."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http.request import UnreadablePostError
from hypothesis import given
from hypothesis import strategies as st

from novapulse.web import body
from novapulse.web.refusals import BodyTooLarge, LengthRequired, MalformedBody, UnsupportedMediaType

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        NAMES,
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


def request(raw: bytes, **environ: Any) -> WSGIRequest:
    given_environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(raw)),
        "wsgi.input": BytesIO(raw),
        **environ,
    }
    return WSGIRequest({name: value for name, value in given_environ.items() if value is not None})


def read(raw: bytes, **environ: Any) -> dict[str, Any]:
    return body.read_json(request(raw, **environ))


@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_what_was_written_is_read(written: dict[str, Any]) -> None:
    assert read(json.dumps(written).encode()) == written
    assert read(json.dumps(written, ensure_ascii=False).encode()) == written


@given(st.binary(max_size=60))
def test_no_bytes_whatever_are_more_than_a_refusal(raw: bytes) -> None:
    with suppress(MalformedBody):
        assert isinstance(read(raw), dict)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "is empty"),
        (b"{", "not JSON"),
        (b'{"a": 1,}', "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1} {"a": 1}', "not JSON"),
        (b"[]", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"12", "not a JSON object"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": Infinity}', "not JSON"),
        (b'{"a": -Infinity}', "not JSON"),
        (b'{"a": 1e999}', "infinity"),
        (b'{"a": -1e999}', "infinity"),
        (b'{"a": 9223372036854775808}', "too large"),
        (b'{"a": -9223372036854775809}', "too large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "infinity"),
        (b'{"a": ' + b"9" * 300 + b"}", "too large"),
        (b'{"a": ' + b"9" * 5000 + b".5}", "infinity"),
        (b'{"a": 1, "a": 2}', "'a' stands more than once"),
        (b'{"b": {"a": 1, "a": 1}}', "'a' stands more than once"),
        (b'{"b": [{"a": 1, "\\u0061": 1}]}', "'a' stands more than once"),
        (b'{"a": "\\ud800"}', "not JSON"),
        (b'{"a": "\\udc00\\ud800"}', "not JSON"),
        (b'{"\\ud800": 1}', "not JSON"),
        (b'{"a": "\xed\xa0\x80"}', "not JSON"),
        (b'{"a": "\xff"}', "not JSON"),
        (b'{"a": "\x00"}', "not JSON"),
        (b'\xef\xbb\xbf{"a": 1}', "not JSON"),
        ('{"a": 1}'.encode("utf-16"), "not JSON"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not JSON"),
        (b'{"a": ' * 100_000 + b"1" + b"}" * 100_000, "not JSON"),
        (b'{"a": ' + b"[" * 1_000 + b"]" * 1_000 + b"}", "nested"),
        (b'{"a": ' + b"[" * 32 + b"]" * 32 + b"}", "nested deeper than 32"),
    ],
)
def test_a_malformed_body_is_refused_with_its_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(MalformedBody) as refused:
        read(raw)

    assert reason in refused.value.detail
    assert len(refused.value.detail) < 300


def test_what_is_just_inside_the_limits_is_read() -> None:
    assert read(b'{"a": 9223372036854775807, "b": -9223372036854775808, "c": 1e308}')["c"] == 1e308
    assert read(b'{"a": ' + b"[" * 31 + b"]" * 31 + b"}")
    assert read(b'{"a": "\\ud83d\\ude00"}') == {"a": "😀"}


def test_a_long_name_that_stands_twice_is_not_sent_back_in_full() -> None:
    name = b"n" * 100_000

    with pytest.raises(MalformedBody) as refused:
        read(b'{"%s": 1, "%s": 2}' % (name, name))

    assert len(refused.value.detail) < 300


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json; charset="UTF-8"',
        "application/merge-patch+json",
    ],
)
def test_json_in_utf_8_is_taken(content_type: str) -> None:
    assert read(b'{"a": 1}', CONTENT_TYPE=content_type) == {"a": 1}


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "text/html",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json; charset=latin-1",
        "application/json; charset=nonsense",
        ";",
        "application/json, text/plain",
    ],
)
def test_another_media_type_is_refused(content_type: str | None) -> None:
    with pytest.raises(UnsupportedMediaType):
        read(b'{"a": 1}', CONTENT_TYPE=content_type)


@pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip", "x"])
def test_a_content_coding_is_refused(coding: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        read(gzip.compress(b'{"a": 1}'), HTTP_CONTENT_ENCODING=coding)


def test_the_coding_that_is_none_is_taken() -> None:
    assert read(b'{"a": 1}', HTTP_CONTENT_ENCODING="Identity") == {"a": 1}


def test_a_chunked_body_is_asked_for_its_length() -> None:
    with pytest.raises(LengthRequired):
        read(b'{"a": 1}', CONTENT_LENGTH=None, HTTP_TRANSFER_ENCODING="chunked")


@pytest.mark.parametrize(("size", "drained"), [(body.MAX_BYTES + 1, True), (20 * body.MAX_BYTES, False)])
def test_a_body_over_the_limit_is_refused_and_drained_where_it_is_not_much_over(size: int, drained: bool) -> None:  # noqa: FBT001  a parameter
    stream = BytesIO(b"x" * size)
    with pytest.raises(BodyTooLarge):
        read(b"", CONTENT_LENGTH=str(size), **{"wsgi.input": stream})

    assert stream.tell() == (size if drained else 0)


def test_a_body_over_the_limit_that_ends_early_is_refused_all_the_same() -> None:
    with pytest.raises(BodyTooLarge):
        read(b"x", CONTENT_LENGTH=str(body.MAX_BYTES + 1))


def test_a_body_of_just_the_limit_is_read() -> None:
    raw = b'{"a": "%s"}' % (b"x" * (body.MAX_BYTES - 9))

    assert len(raw) == body.MAX_BYTES
    assert len(read(raw)["a"]) == body.MAX_BYTES - 9


@pytest.mark.parametrize("length", ["²", "-1", "1.5", "ten", "+5", "5 5", "9" * 5000])
def test_a_content_length_that_is_no_number_is_refused(length: str) -> None:
    with pytest.raises(MalformedBody):
        read(b'{"a": 1}', CONTENT_LENGTH=length)


def test_a_body_that_is_shorter_than_it_says_is_refused_even_if_it_is_json() -> None:
    with pytest.raises(MalformedBody, match="Content-Length"):
        read(b'{"a": 1}', CONTENT_LENGTH="9")


def test_a_connection_that_breaks_off_is_a_refusal() -> None:
    class Broken(BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            raise OSError("connection reset")

    with pytest.raises(MalformedBody) as refused:
        read(b'{"a": 1}', **{"wsgi.input": Broken()})

    assert isinstance(refused.value.__cause__, UnreadablePostError)
