"""One JSON object per line, whatever is in it, and never a secret."""

from __future__ import annotations

import json
import logging
import math
import timeit
from types import SimpleNamespace
from typing import Any

import pytest
from bson import ObjectId

from novapulse import context
from novapulse.log import aws_lambda
from novapulse.log.formatter import LONGEST_LINE, JsonFormatter
from novapulse.log.values import plain


def record_of(message: str = "background.failed", **fields: Any) -> logging.LogRecord:
    record = logging.LogRecord("novapulse.test", logging.INFO, __file__, 1, message, (), None)
    record.fields = {name: plain(value) for name, value in fields.items()}
    return record


def line_of(record: logging.LogRecord, **constant: str) -> dict[str, Any]:
    text = JsonFormatter(constant).format(record)
    assert len(text.splitlines()) == 1
    assert len(text) <= LONGEST_LINE
    parsed: dict[str, Any] = json.loads(text, parse_constant=pytest.fail)
    return parsed


def test_a_line_holds_what_happened_when_where_and_in_which_process() -> None:
    context.follow(None)
    line = line_of(record_of(room="mail"), service="novapulse", region="eu-central-1", version="")

    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "event": "background.failed",
        "logger": "novapulse.test",
        "service": "novapulse",
        "region": "eu-central-1",
        "request_id": "-",
        "room": "mail",
    }


def test_a_line_of_a_request_says_whose_it_is() -> None:
    company, identity, session = ObjectId(), ObjectId(), ObjectId()
    trail = context.begin_request("request-1")
    trail.route = "api/v1/tasks"
    context.authenticate(context.Principal("person", identity, ObjectId(), session, "owner"), company_id=company)
    line = line_of(record_of())

    assert (line["request_id"], line["trace_id"], line["span_id"]) == ("request-1", trail.trace_id, trail.span_id)
    assert (line["route"], line["company_id"]) == ("api/v1/tasks", str(company))
    assert (line["user_id"], line["session_id"]) == (str(identity), str(session))
    assert "operator" not in line


def test_a_line_of_staff_who_act_as_somebody_names_them() -> None:
    context.begin_request("request-1")
    ids = (ObjectId(), ObjectId(), ObjectId())
    context.authenticate(context.Principal("person", *ids, "owner", operator="ada@staff.example"))

    assert line_of(record_of())["operator"] == "ada@staff.example"


def test_a_line_of_a_task_that_no_request_caused_says_to_which_trace_it_belongs() -> None:
    trail = context.begin_request(context.NO_REQUEST)
    line = line_of(record_of())

    assert (line["request_id"], line["trace_id"], line["span_id"]) == ("-", trail.trace_id, trail.span_id)


def test_a_traceback_stays_on_the_line_without_the_message_of_the_error() -> None:
    record = record_of()
    try:
        int("a client's value")
    except ValueError as error:
        record.exc_info = (type(error), error, error.__traceback__)
    line = line_of(record)

    assert line["error"] == "builtins.ValueError"
    assert line["traceback"].endswith("ValueError\n")
    assert "a client's value" not in json.dumps(line).replace('int(\\"a client\'s value\\")', "")


def test_line_breaks_and_surrogates_in_a_value_do_not_break_the_line() -> None:
    line = line_of(record_of(text="one\ntwo\u2028three", half="\ud800", **{"na\udfffme": "\u00e9"}))

    assert line["text"] == "one\ntwo\u2028three"
    assert line["half"] == "\\ud800"


def test_what_is_no_json_becomes_json() -> None:
    cyclic: list[Any] = [1]
    cyclic.append(cyclic)
    line = line_of(
        record_of(nothing=math.nan, ever=math.inf, binary=b"\x00\xff", round=cyclic, large=2**80, thing=object())
    )

    assert (line["nothing"], line["ever"], line["binary"]) == (None, None, "[2 bytes]")
    assert line["round"] == [1, [1, [1, [1, [1, "[too deep]"]]]]]
    assert (line["large"], line["thing"]) == ("[large number]", "[object]")


def test_a_line_is_never_longer_than_who_takes_it_takes() -> None:
    rows = [["x" * 2_000] * 100] * 100
    line = line_of(record_of(text="x" * 1_000_000, rows=rows, room="mail"))

    assert line["is_cut"] is True
    assert line["room"] == "mail"
    assert len(line["text"]) == 2_001


def test_a_line_is_made_once() -> None:
    record = record_of()
    first = JsonFormatter().format(record)
    context.begin_request("another-request")

    assert JsonFormatter().format(record) is first


def test_on_aws_lambda_a_line_says_in_which_invocation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_lambda, "_under_way", aws_lambda._Invocation())
    given = SimpleNamespace(
        function_name="worker", aws_request_id="invocation-1", get_remaining_time_in_millis=lambda: 2_900
    )
    aws_lambda.begin(given)
    line = line_of(record_of())

    assert (line["function"], line["aws_request_id"]) == ("worker", "invocation-1")
    assert (line["is_cold_start"], line["remaining_ms"]) == (True, 2_900)


def test_a_line_costs_next_to_nothing() -> None:
    context.begin_request("request-1")
    formatter, fields = JsonFormatter(), {f"field_{number}": number for number in range(12)}
    seconds = min(timeit.repeat(lambda: formatter.format(record_of(**fields)), number=200, repeat=5)) / 200

    assert seconds < 0.0005  # 15 us on a machine that does nothing else
