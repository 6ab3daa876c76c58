"""Letters go out, or the log says that they did not."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from bson import ObjectId
from django.core import mail

from apps.auth.domain import mailing
from novapulse.local.ports import free_port
from novapulse.log import JsonFormatter

if TYPE_CHECKING:
    import pytest

ABOUT = ObjectId()
SENT, FAILED = "auth.reset_mailed", "auth.reset_mail_failed"


def logged(caplog: pytest.LogCaptureFixture, *, to: str = "anna@acme.example") -> dict[str, Any]:
    with caplog.at_level(logging.DEBUG):
        mailing.send("A subject", text="A token", to=to, sent=SENT, failed=FAILED, identity_id=ABOUT)
    (record,) = caplog.records
    return dict(json.loads(JsonFormatter().format(record)))


def test_a_letter_that_went_out_is_logged_by_what_it_is_about(caplog: pytest.LogCaptureFixture) -> None:
    line = logged(caplog)

    assert (line["event"], line["level"], line["identity_id"]) == (SENT, "info", str(ABOUT))
    assert [(each.to, each.subject, each.body) for each in mail.outbox] == [
        (["anna@acme.example"], "A subject", "A token")
    ]


def test_a_mail_server_that_is_away_is_logged_and_nothing_raised(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    line = logged(caplog)

    assert (line["event"], line["level"], line["error"]) == (FAILED, "error", "ConnectionRefusedError")
    assert line["identity_id"] == str(ABOUT)
    assert "token" not in json.dumps(line)


def test_a_letter_that_cannot_be_written_is_logged_and_nothing_raised(caplog: pytest.LogCaptureFixture) -> None:
    line = logged(caplog, to="anna@acme.example\nBcc: victim@rival.example")

    assert (line["event"], line["error"]) == (FAILED, "BadHeaderError")
    assert mail.outbox == []
