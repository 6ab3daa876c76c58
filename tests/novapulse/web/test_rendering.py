"""How answers are written."""

import json
from datetime import UTC, datetime

import pytest
from bson import ObjectId
from django.http import StreamingHttpResponse

from novapulse.web import rendering

ID = ObjectId("0123456789abcdef01234567")


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31T12:00:00.000Z"),
        (datetime(2026, 1, 31, 12, 0, 0, 123_000, tzinfo=UTC), "2026-01-31T12:00:00.123Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000Z"),
        (datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC), "9999-12-31T23:59:59.999Z"),
    ],
)
def test_a_time_is_written_in_utc_with_milliseconds(moment: datetime, text: str) -> None:
    assert rendering.instant(moment) == text


def test_ids_and_times_are_written_wherever_they_stand() -> None:
    encoded = rendering.encode({"id": ID, "list": [{"at": datetime(2026, 1, 1, tzinfo=UTC)}]})

    assert json.loads(encoded) == {"id": str(ID), "list": [{"at": "2026-01-01T00:00:00.000Z"}]}


def test_what_has_no_place_in_an_answer_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        rendering.encode({"value": object()})


def test_an_answer_is_json_with_its_status_and_headers() -> None:
    response = rendering.answer({"name": "é"}, status=201, headers={"ETag": '"1"'})

    assert response.status_code == 201
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["ETag"] == '"1"'
    assert response.content == '{"name":"é"}'.encode()


def test_nothing_is_204_without_a_media_type() -> None:
    response = rendering.nothing()

    assert response.status_code == 204
    assert "Content-Type" not in response.headers
    assert response.content == b""


def test_streamed_body_is_left_to_be_streamed() -> None:
    pieces = iter([b"one", b"two"])

    response = rendering.framed(StreamingHttpResponse(pieces))

    assert "Content-Length" not in response.headers
    assert list(pieces) == [b"one", b"two"]
