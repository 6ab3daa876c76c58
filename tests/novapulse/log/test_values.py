"""A value in a line is plain and short."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum, StrEnum
from pathlib import Path

import pytest
from bson import ObjectId

from novapulse.log.values import plain, speaks_of_a_secret


class Colour(StrEnum):
    RED = "red"


class Number(Enum):
    ONE = 1


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        (Colour.RED, "red"),
        (Number.ONE, 1),
        (ObjectId("0" * 24), "0" * 24),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02 00:00:00+00:00"),
        (Path("/a"), "/a"),
        (ValueError("anything"), "ValueError"),
        (bytearray(3), "[3 bytes]"),
        ((1, {2}), [1, [2]]),
        (-(2**70), "[large number]"),
    ],
)
def test_a_value_becomes_what_json_knows(value: object, told: object) -> None:
    assert plain(value) == told
    assert type(plain(value)) is type(told)


def test_a_secret_is_taken_out_however_deep_it_lies() -> None:
    body = {"name": "Ann", "otp": "123456", "list": [{"client_secret": "s", "Set-Cookie": "c", "X-Api-Key": "k"}]}

    assert plain(body) == {
        "name": "Ann",
        "otp": "[redacted]",
        "list": [{"client_secret": "[redacted]", "Set-Cookie": "[redacted]", "X-Api-Key": "[redacted]"}],
    }


def test_what_is_long_is_cut() -> None:
    assert plain("x" * 3_000) == "x" * 2_000 + "…"
    assert plain(list(range(1_000))) == list(range(100))
    assert len(plain({str(number): 1 for number in range(1_000)})) == 100  # type: ignore[arg-type]  # a dict stays one


def test_names_that_speak_of_secrets_are_known_however_they_are_written() -> None:
    assert [speaks_of_a_secret(name) for name in ("Refresh-Token", "newPassword", "company_id")] == [True, True, False]
