"""What stands in the mail of a password reset."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId
from django.core import mail

from apps.auth.domain import password_mail
from apps.auth.domain.password_mail import ResetLetter
from novapulse.local.ports import free_port
from novapulse.log import JsonFormatter

TOKEN = "a-token-of-no-use"


def _letter() -> ResetLetter:
    return ResetLetter(ObjectId(), "anna@acme.example", TOKEN, datetime(2026, 1, 31, 12, 30, tzinfo=UTC))


def test_mail_says_what_to_do_until_when_and_where(settings: Any) -> None:
    settings.PUBLIC_URL = "https://nova.example"
    password_mail.send(_letter())
    sent = mail.outbox[-1]
    assert (sent.to, sent.subject) == (["anna@acme.example"], "Your new password for NovaPulse")
    assert "31 January 2026 12:30 UTC" in sent.body
    assert "POST https://nova.example/api/v1/auth/password:reset\n" in sent.body
    assert f"\ntoken={TOKEN}\n" in sent.body


@pytest.mark.parametrize("is_away", [False, True])
def test_log_tells_what_came_of_it_and_never_the_token(
    settings: Any, caplog: pytest.LogCaptureFixture, *, is_away: bool
) -> None:
    if is_away:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    letter = _letter()
    with caplog.at_level(logging.DEBUG):
        password_mail.send(letter)
    lines = [json.loads(JsonFormatter().format(record)) for record in caplog.records]
    assert [line["event"] for line in lines] == ["auth.reset_mail_failed" if is_away else "auth.reset_mailed"]
    assert lines[0]["identity_id"] == str(letter.identity_id)
    assert TOKEN not in str(lines)


def test_letter_shows_no_token_when_it_is_printed() -> None:
    assert TOKEN not in repr(_letter())
