"""What stands in the mail of an invitation."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from django.core import mail

from apps.auth.domain import invitation_mail
from apps.auth.domain.invitation_mail import Letter
from apps.auth.enums import Role
from novapulse.log import JsonFormatter

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "a-token-of-no-use"


def _letter(*, company: str = "Acme", role: Role = Role.ADMIN, email: str = "new@acme.example") -> Letter:
    until = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)
    return Letter(ObjectId(), email, company, role, TOKEN, until)


def test_mail_says_who_invites_as_what_until_when_and_where(settings: Any) -> None:
    settings.PUBLIC_URL = "https://nova.example"
    invitation_mail.send(_letter())
    sent = mail.outbox[-1]
    assert (sent.to, sent.subject) == (["new@acme.example"], "You are invited to join Acme")
    assert "join Acme on NovaPulse as an admin" in sent.body
    assert "31 January 2026 12:30 UTC" in sent.body
    assert "POST https://nova.example/api/v1/invitations:accept\n" in sent.body
    assert f"\ntoken={TOKEN}\n" in sent.body
    assert (sent.content_subtype, sent.attachments, getattr(sent, "alternatives", [])) == ("plain", [], [])


@pytest.mark.parametrize(
    "name",
    ["Acme\r\nBcc: victim@rival.example", "Acme\n\nhttps://evil.example", "Acme\u202egro.live", "A\x0bc\x85m\u2028e"],
)
def test_name_of_a_company_forges_no_line_and_no_header(name: str) -> None:
    invitation_mail.send(_letter(company=name))
    sent = mail.outbox[-1]
    assert sent.subject.isprintable()
    assert sent.recipients() == ["new@acme.example"]
    assert {line for line in sent.body.splitlines() if "evil" in line or "Bcc" in line} <= {
        line for line in sent.body.splitlines() if "Acme" in line
    }


@pytest.fixture
def dead_mail_server(settings: Any, unused_port: int) -> None:
    """Send by SMTP to a port where nobody listens."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", unused_port


@pytest.fixture
def unused_port() -> Iterator[int]:
    """Hold a port without listening on it: connections are refused."""
    import socket  # noqa: PLC0415  for this fixture alone

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.mark.usefixtures("dead_mail_server")
def test_failure_of_the_mail_server_is_logged_without_the_token(caplog: pytest.LogCaptureFixture) -> None:
    letter = _letter()
    with caplog.at_level(logging.ERROR):
        invitation_mail.send(letter)
    line = json.loads(JsonFormatter().format(caplog.records[-1]))
    assert (line["event"], line["error"]) == ("auth.invitation_mail_failed", "ConnectionRefusedError")
    assert line["invitation_id"] == str(letter.invitation_id)
    assert TOKEN not in json.dumps(line)


def test_failure_to_write_the_mail_is_logged_and_not_raised(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        invitation_mail.send(_letter(email="new@acme.example\nBcc: victim@rival.example"))
    line = json.loads(JsonFormatter().format(caplog.records[-1]))
    assert (line["event"], line["error"]) == ("auth.invitation_mail_failed", "BadHeaderError")
    assert mail.outbox == []


def test_letter_shows_no_token_when_it_is_printed() -> None:
    assert TOKEN not in repr(_letter())
