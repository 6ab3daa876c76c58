"""Fields take just what the contract says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId
from rest_framework.serializers import ValidationError

from novapulse.web import fields
from novapulse.web.upload import Received

ID = "0123456789abcdef01234567"
NO_STRINGS = [5, 1.5, True, [], {}, ["a"], {"$ne": None}]


def refused(field: Any, value: object) -> str:
    with pytest.raises(ValidationError) as raised:
        field.run_validation(value)
    return str(raised.value.detail[0].code)


def said(field: Any, value: object) -> str:
    with pytest.raises(ValidationError) as raised:
        field.run_validation(value)
    return str(raised.value.detail[0])


def test_text_is_cut_to_its_words_and_normalised() -> None:
    assert fields.Text().run_validation("  cafe\u0301 ") == "caf\u00e9"
    assert fields.Text(trim_whitespace=False).run_validation(" a ") == " a "


@pytest.mark.parametrize("value", NO_STRINGS)
def test_text_takes_strings_alone(value: object) -> None:
    assert refused(fields.Text(), value) == "invalid"


def test_text_takes_no_nul_and_no_lone_surrogate() -> None:
    assert refused(fields.Text(), "a\x00") == "null_characters_not_allowed"
    assert refused(fields.Text(), "a\ud800") == "surrogate_characters_not_allowed"


def test_text_is_measured_as_it_is_kept() -> None:
    assert fields.Text(max_length=1).run_validation("e\u0301") == "é"
    assert refused(fields.Text(max_length=1), "\u0958") == "max_length"  # a character whose normal form has two


@pytest.mark.parametrize("value", [*NO_STRINGS, "Todo", "", "other" * 100])
def test_a_choice_is_one_of_the_words(value: object) -> None:
    with pytest.raises(ValidationError) as raised:
        fields.Choice(choices=["todo", "done"]).run_validation(value)

    assert len(str(raised.value.detail[0])) < 100


def test_a_refusal_is_a_plain_sentence() -> None:
    sentences = {
        "Not one of: todo, done.": (fields.Choice(choices=["todo", "done"]), "open"),
        "At most 100.": (fields.WholeText(max_value=100), "101"),
        "At least 1.": (fields.Whole(min_value=1), 0),
        "At most 2.": (fields.Number(max_value=2), 2.5),
        "At most 3 characters.": (fields.Text(max_length=3), "four"),
        "Not a whole number.": (fields.WholeText(), "x"),
        "Not a number.": (fields.Number(), "x"),
        "Not a list.": (fields.Array(child=fields.Text()), "x"),
        "At most 1 values.": (fields.Array(child=fields.Text(), max_length=1), ["a", "b"]),
    }

    assert {sentence: said(field, value) for sentence, (field, value) in sentences.items()} == {
        sentence: sentence for sentence in sentences
    }


def test_a_choice_of_many_names_only_some() -> None:
    assert len(said(fields.Choice(choices=[f"word{number}" for number in range(300)]), "x")) < 200


@pytest.mark.parametrize("value", ["", "x", "1.0", " 1", "1\n", "9" * 19, "\uff11", "+1", 1])
def test_a_whole_number_of_a_query_is_digits(value: object) -> None:
    assert fields.WholeText().run_validation("-7") == -7
    assert refused(fields.WholeText(), value) == "invalid"


def test_a_choice_is_taken() -> None:
    assert fields.Choice(choices=["todo", "done"]).run_validation("done") == "done"


@pytest.mark.parametrize("value", ["5", True, 1.5, float("inf"), float("nan"), 1e300, [], {}])
def test_a_whole_number_is_nothing_else(value: object) -> None:
    assert refused(fields.Whole(), value) == "invalid"


@pytest.mark.parametrize("value", [0, 1, "true", "false", "yes", "", None, [], {"$ne": True}])
def test_a_flag_is_nothing_but_true_or_false(value: object) -> None:
    with pytest.raises(ValidationError):
        fields.Flag().run_validation(value)


@pytest.mark.parametrize("value", [True, False])
def test_a_flag_is_taken(*, value: bool) -> None:
    assert fields.Flag().run_validation(value) is value


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert fields.Whole().run_validation(5.0) == 5
    assert fields.Whole().run_validation(-(2**63)) == -(2**63)


@pytest.mark.parametrize("value", ["5", True, float("inf"), float("-inf"), float("nan"), [], {}])
def test_a_number_is_finite(value: object) -> None:
    assert refused(fields.Number(), value) == "invalid"


def test_a_number_is_taken() -> None:
    assert fields.Number().run_validation(3) == 3.0
    assert refused(fields.Number(max_value=2), 3) == "max_value"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31t12:00:00.5z", datetime(2026, 1, 31, 12, microsecond=500_000, tzinfo=UTC)),
        ("2026-01-31T12:00:00.123999999Z", datetime(2026, 1, 31, 12, microsecond=123_000, tzinfo=UTC)),
        ("2026-01-31T23:30:00-01:00", datetime(2026, 2, 1, 0, 30, tzinfo=UTC)),
    ],
)
def test_an_instant_is_kept_in_utc_to_the_millisecond(text: str, moment: datetime) -> None:
    assert fields.Instant().run_validation(text) == moment


@pytest.mark.parametrize(
    "value",
    [
        *NO_STRINGS,
        "",
        "2026-01-31",
        "2026-01-31T12:00:00",
        "2026-01-31 12:00:00Z",
        "2026-02-30T12:00:00Z",
        "2026-01-31T25:00:00Z",
        "2026-01-31T12:00:60Z",
        "2026-01-31T12:00:00+25:00",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "2026-01-31T12:00:00Z\n",
        "\uff12026-01-31T12:00:00Z",
    ],
)
def test_an_instant_is_a_date_a_time_and_an_offset(value: object) -> None:
    assert refused(fields.Instant(), value) == "invalid"


def test_an_id_is_24_hexadecimal_digits() -> None:
    assert fields.Id().run_validation(ID) == ObjectId(ID)


@pytest.mark.parametrize("value", [*NO_STRINGS, "", ID[:-1], ID + "0", ID.upper(), ID + "\n", "twelve bytes"])
def test_nothing_else_is_an_id(value: object) -> None:
    assert refused(fields.Id(), value) == "invalid"


def test_a_list_joined_by_commas_has_each_value_once() -> None:
    choice = fields.Choice(choices=["todo", "done"])

    assert fields.CommaList(choice).run_validation("done,todo,done") == ["done", "todo"]


def test_a_list_joined_by_commas_has_a_most_and_no_empty_value() -> None:
    words = fields.CommaList(fields.Text())

    assert refused(words, ",".join(map(str, range(51)))) == "too_many"
    assert len(words.run_validation(",".join(map(str, range(50))))) == 50
    assert refused(words, "a,,b") == "empty"
    assert refused(words, "") == "empty"
    assert refused(fields.CommaList(fields.Choice(choices=["todo"])), "todo,other") == "invalid_choice"


def test_upload_takes_a_file_that_was_received_and_is_not_empty() -> None:
    file = Received(ObjectId(), 3)

    assert fields.Upload().run_validation(file) == file
    assert refused(fields.Upload(), "text") == "invalid"
    assert refused(fields.Upload(), Received(ObjectId(), 0)) == "empty"
