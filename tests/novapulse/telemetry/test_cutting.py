from __future__ import annotations

import json

import pytest

from novapulse.telemetry.cutting import cut

MOST = 1_000


@pytest.mark.parametrize(
    "long",
    ["x" * 5_000, '"\\' * 2_500, "ü\ud800" * 1_000, ["x"] * 5_000, {"deep": ["\x00"] * 5_000}],
    ids=["letters", "quotes", "not ascii", "list", "object"],
)
def test_a_line_that_is_too_long_stays_json_and_keeps_its_short_fields(long: object) -> None:
    line = cut(json.dumps({"event": "http.request", "long": long, "status": 200}), most_bytes=MOST)

    assert len(line.encode()) <= MOST
    fields = json.loads(line)
    assert (fields["event"], fields["status"], fields["is_cut"]) == ("http.request", 200, True)
    assert len(fields["long"]) > 100


def test_of_many_fields_as_many_stay_as_there_is_room_for() -> None:
    fields = json.loads(cut(json.dumps({f"field_{number}": number for number in range(1_000)}), most_bytes=MOST))

    assert 40 < len(fields) < 100


@pytest.mark.parametrize(
    "line", ["words " * 1_000, "[" * 100_000, "[1, 2]" + " " * 5_000], ids=["text", "deep", "list"]
)
def test_what_is_no_object_becomes_one(line: str) -> None:
    fields = json.loads(cut(line, most_bytes=MOST))

    assert fields["text"].strip('"') in line
    assert fields["is_cut"]
