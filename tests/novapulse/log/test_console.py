"""What a developer reads."""

from __future__ import annotations

import logging
import re

from novapulse import context
from novapulse.log.console import ConsoleFormatter


def record_of(**fields: object) -> logging.LogRecord:
    record = logging.LogRecord("novapulse.test", logging.WARNING, __file__, 1, "http.request", (), None)
    record.fields = fields
    return record


def test_a_line_has_time_level_event_a_short_id_and_the_fields() -> None:
    context.begin_request("0123456789abcdef")
    line = ConsoleFormatter(colours=False).format(record_of(method="GET", status=200))

    assert re.fullmatch(r"[\d:]{8}\.\d{3} warning http\.request \[01234567\] method=GET status=200", line)


def test_colours_are_for_terminals() -> None:
    assert "\x1b[33mwarning" in ConsoleFormatter(colours=True).format(record_of())
    assert "\x1b" not in ConsoleFormatter().format(record_of())


def test_a_traceback_stands_below_without_values() -> None:
    record = record_of()
    try:
        int("swordfish")
    except ValueError as error:
        record.exc_info = (type(error), error, error.__traceback__)
    text = ConsoleFormatter(colours=False).format(record)

    assert text.splitlines()[1] == "Traceback (most recent call last):"
    assert text.endswith("builtins.ValueError")
