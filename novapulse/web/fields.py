"""Fields that take just what the contract says: DRF's own take `5` for "5" too, which lets a mistake through."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

from bson import ObjectId
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from novapulse.web.upload import Received

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_OBJECT_ID = re.compile(r"[0-9a-f]{24}", re.ASCII)
_EXACT_FLOAT = 2**53
_DIGITS = re.compile(r"-?\d{1,18}", re.ASCII)
_RANGE = {"max_value": "At most {max_value}.", "min_value": "At least {min_value}."}


class Text(serializers.CharField):
    """A string, in Unicode's normal form C, without NUL; white space round it is cut off unless told otherwise."""

    default_error_messages = {"invalid": "Not a string.", "max_length": "At most {max_length} characters."}

    def to_internal_value(self, data: object) -> str:
        """Take a string and nothing else."""
        if not isinstance(data, str):
            self.fail("invalid")
        return unicodedata.normalize("NFC", super().to_internal_value(data))


class Choice(serializers.ChoiceField):
    """One of the published words."""

    MOST_NAMED = 20

    default_error_messages = {"invalid_choice": "Not one of: {choices}."}

    def to_internal_value(self, data: object) -> str:
        """Take a string that is one of the choices."""
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice", choices=self._named())
        return data

    def _named(self) -> str:
        words = list(self.choices)
        return ", ".join(words[: self.MOST_NAMED]) + (", ..." if len(words) > self.MOST_NAMED else "")


class Whole(serializers.IntegerField):
    """An integer; neither a string that looks like one nor true or false."""

    default_error_messages = {"invalid": "Not a whole number.", **_RANGE}

    def to_internal_value(self, data: object) -> int:
        """Take an int; JSON knows one kind of number, so 1.0 is one as well."""
        if isinstance(data, float) and data.is_integer() and abs(data) < _EXACT_FLOAT:
            return int(data)
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class Flag(serializers.BooleanField):
    """True or false; neither a number nor a word that means as much."""

    default_error_messages = {"invalid": "Neither true nor false."}

    def to_internal_value(self, data: object) -> bool:
        """Take a bool and nothing else."""
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class WholeText(Whole):
    """An integer in a query, where everything is text."""

    def to_internal_value(self, data: object) -> int:
        """Take its digits."""
        if not isinstance(data, str) or not _DIGITS.fullmatch(data):
            self.fail("invalid")
        return int(data)


class Number(serializers.FloatField):
    """A finite number."""

    default_error_messages = {"invalid": "Not a number.", **_RANGE}

    def to_internal_value(self, data: object) -> float:
        """Take an int or a float, neither infinite nor NaN."""
        if not isinstance(data, int | float) or isinstance(data, bool) or not isfinite(data):
            self.fail("invalid")
        return float(data)


@extend_schema_field({"type": "string", "format": "date-time", "examples": ["2026-01-31T12:00:00.000Z"]})
class Instant(serializers.Field[datetime, Any, Any, Any]):
    """A moment (RFC 3339): a date, a time and an offset from UTC."""

    default_error_messages = {"invalid": "Not a date and time with an offset, such as 2026-01-31T12:00:00.000Z."}

    def to_internal_value(self, data: object) -> datetime:
        """Take the text; give the moment in UTC, to the millisecond."""
        if not isinstance(data, str) or not _RFC3339.fullmatch(data):
            self.fail("invalid")
        try:
            moment = datetime.fromisoformat(data.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid")
        return moment - timedelta(microseconds=moment.microsecond % 1000)

    def to_representation(self, value: Any) -> Any:  # noqa: ANN401  answers are rendered by novapulse.web.rendering
        """Leave it to the renderer."""
        return value


@extend_schema_field({"type": "string", "pattern": "^[0-9a-f]{24}$", "examples": ["697dfe8c2f4b1a0c5d3e9f71"]})
class Id(serializers.Field[ObjectId, Any, Any, Any]):
    """An id: 24 hexadecimal digits."""

    default_error_messages = {"invalid": "Not an id: 24 hexadecimal digits."}

    def to_internal_value(self, data: object) -> ObjectId:
        """Take the text."""
        if not isinstance(data, str) or not _OBJECT_ID.fullmatch(data):
            self.fail("invalid")
        return ObjectId(data)

    def to_representation(self, value: Any) -> Any:  # noqa: ANN401  as above
        """Leave it to the renderer."""
        return value


@extend_schema_field({"type": "string", "contentMediaType": "application/octet-stream"})
class Upload(serializers.Field[Received, Any, Any, Any]):
    """A file, as a part of a multipart body (`novapulse.web.upload`)."""

    default_error_messages = {"invalid": "Not a file: a part with a filename.", "empty": "The file is empty."}

    def to_internal_value(self, data: object) -> Received:
        """Take what was received."""
        if not isinstance(data, Received):
            self.fail("invalid")
        if data.size == 0:
            self.fail("empty")
        return data

    def to_representation(self, value: Any) -> Any:  # noqa: ANN401  as above
        """Leave it as it is: no answer holds one."""
        return value


class Array(serializers.ListField):
    """A list, each of its values taken by one and the same field."""

    default_error_messages = {"not_a_list": "Not a list.", "max_length": "At most {max_length} values."}


class CommaList(serializers.Field[list[Any], Any, Any, Any]):
    """A query parameter of values joined by commas, each taken by one and the same field; at most `MAX_VALUES`."""

    MAX_VALUES = 50

    default_error_messages = {"too_many": "More than {most} values.", "empty": "An empty value."}

    def __init__(self, each: serializers.Field[Any, Any, Any, Any], **options: Any) -> None:  # noqa: ANN401  DRF's own
        """Take the field of one value."""
        super().__init__(**options)
        self.each = each

    def to_internal_value(self, data: object) -> list[Any]:
        """Give the values, each once."""
        parts = str(data).split(",")
        if len(parts) > self.MAX_VALUES:
            self.fail("too_many", most=self.MAX_VALUES)
        if "" in parts:
            self.fail("empty")
        return list(dict.fromkeys(self.each.run_validation(part) for part in parts))

    def to_representation(self, value: Any) -> Any:  # noqa: ANN401  as above
        """Leave it to the renderer."""
        return value
