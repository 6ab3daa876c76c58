"""One JSON object per line, and never a secret."""

from __future__ import annotations

import json
import logging
import sys
from typing import TYPE_CHECKING, Any

from novapulse import context, log

if TYPE_CHECKING:
    import pytest


def broken() -> Any:
    try:
        int("broken")
    except ValueError:
        return sys.exc_info()


def line_of(message: str, *, fields: dict[str, Any] | None = None, failed: bool = False) -> dict[str, Any]:
    record = logging.LogRecord("novapulse.test", logging.INFO, __file__, 1, message, (), None)
    record.fields = log.redacted(fields or {})
    if failed:
        record.exc_info = broken()
    text = log.JsonFormatter().format(record)
    assert "\n" not in text
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def test_a_line_holds_what_happened_when_and_in_which_request() -> None:
    context.begin_request("request-1")
    line = line_of("company_renamed", fields={"company": "acme"})
    context.begin_request(context.NO_REQUEST)

    assert line["event"] == "company_renamed"
    assert line["level"] == "info"
    assert line["logger"] == "novapulse.test"
    assert line["request_id"] == "request-1"
    assert line["company"] == "acme"
    assert line["time"].endswith("+00:00")


def test_a_traceback_stays_on_the_line() -> None:
    assert "ValueError: invalid literal" in line_of("failed", failed=True)["traceback"]


def test_a_field_cannot_pass_itself_off_as_the_event_or_the_request() -> None:
    line = line_of("renamed", fields={"event": "forged", "request_id": "forged"})

    assert line["event"] == "renamed"
    assert line["request_id"] == context.NO_REQUEST


def test_line_breaks_and_surrogates_in_a_value_do_not_break_the_line() -> None:
    line = line_of("said", fields={"text": "one\ntwo\u2028three", "half": "\ud800"})

    assert line["text"] == "one\ntwo\u2028three"


def test_a_value_that_json_does_not_know_is_written_as_text() -> None:
    assert line_of("seen", fields={"error": ValueError("x")})["error"] == "x"


def test_a_secret_is_taken_out_however_deep_it_lies() -> None:
    fields = {
        "password": "p",
        "refresh_token": "t",
        "Set-Cookie": "c",
        "X-Api-Key": "k",
        "body": {"name": "Ann", "otp": "123456", "list": [{"client_secret": "s"}]},
    }

    assert log.redacted(fields) == {
        "password": "[redacted]",
        "refresh_token": "[redacted]",
        "Set-Cookie": "[redacted]",
        "X-Api-Key": "[redacted]",
        "body": {"name": "Ann", "otp": "[redacted]", "list": [{"client_secret": "[redacted]"}]},
    }


def test_redaction_leaves_the_callers_fields_as_they_are() -> None:
    fields: dict[str, object] = {"body": {"password": "p"}}
    log.redacted(fields)

    assert fields == {"body": {"password": "p"}}


def test_an_event_is_logged_with_its_fields_and_without_its_secrets(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        log.event(logging.getLogger("novapulse.test"), "signed_in", level=logging.WARNING, user="ann", password="p")

    assert caplog.records[0].getMessage() == "signed_in"
    assert caplog.records[0].fields == {"user": "ann", "password": "[redacted]"}
