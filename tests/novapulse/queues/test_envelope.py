from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from novapulse import clock
from novapulse.queues.envelope import MAX_BYTES, Envelope
from novapulse.queues.errors import TooLarge, Unreadable
from tests.novapulse.queues.envelopes import an_envelope


def test_an_envelope_arrives_as_it_was_sent() -> None:
    sent = an_envelope(
        args=["ü", 1, None], kwargs={"a": [True]}, company_id="c", expires_at=clock.now() + timedelta(hours=1)
    )

    assert Envelope.from_json(sent.to_json()) == sent


def test_the_text_is_ascii_since_sqs_refuses_some_characters_of_unicode() -> None:
    text = an_envelope(args=["\uffff \x00 ü 😀"]).to_json()

    assert text.isascii()
    assert Envelope.from_json(text).args == ["\uffff \x00 ü 😀"]


def test_what_json_does_not_know_is_refused_when_it_is_enqueued() -> None:
    with pytest.raises(TypeError):
        an_envelope(args=[object()]).to_json()


def test_an_envelope_larger_than_a_message_is_refused_when_it_is_enqueued() -> None:
    with pytest.raises(TooLarge):
        an_envelope(args=["x" * MAX_BYTES]).to_json()


def test_members_that_come_later_do_not_disturb_this_program() -> None:
    content = {**json.loads(an_envelope().to_json()), "tracestate": "x", "dead": {"reason": "poison"}}

    assert Envelope.from_json(json.dumps(content)).task == "nowhere.nothing"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no-json"),
        ("{", "no-json"),
        ("[" * 100_000, "no-json"),
        ("[1]", "malformed"),
        ("{}", "unknown-schema"),
        ('{"schema": 99}', "unknown-schema"),
        ('{"schema": 1}', "malformed"),
    ],
)
def test_what_is_no_envelope_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        Envelope.from_json(text)

    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("member", "value"),
    [("id", "x"), ("args", {}), ("kwargs", []), ("enqueued_at", 1), ("backoff_seconds", [1]), ("attempt", "1")],
)
def test_a_member_of_another_type_is_refused(member: str, value: Any) -> None:
    content = {**json.loads(an_envelope().to_json()), member: value}

    with pytest.raises(Unreadable):
        Envelope.from_json(json.dumps(content))
