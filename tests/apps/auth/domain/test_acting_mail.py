"""The mail that tells a company that staff act as one of its members."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPServerDisconnected
from typing import TYPE_CHECKING

import pytest
from django.core import mail

from apps.auth import tasks
from apps.auth.domain import acting, acting_mail, sessions
from apps.auth.enums import Access
from novapulse import clock
from novapulse.tasks import Retry
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api import Api

ADA = "ada@novapulse.example"


@pytest.fixture
def acted(acme: Api, rival: Api, new_member: Callable[..., Api]) -> acting.Begun:
    """Let staff act as a viewer of one of two companies."""
    viewer = new_member(acme, "viewer")
    length = timedelta(minutes=15)
    begun = acting.begin(viewer.membership_id, operator=ADA, access=Access.READ_ONLY, length=length)
    mail.outbox.clear()
    return begun


def test_owners_and_the_member_are_told_who_how_far_and_how_to_end_it(acme: Api, acted: acting.Begun) -> None:
    with scope.company(acme.company_id, location="DE"):
        tasks.tell_of_acting.func(str(acted.session.id))
    (letter,) = mail.outbox

    assert letter.to == ["owner@acme.example", "viewer@acme.example"]
    assert all(words in letter.body for words in (ADA, "viewer@acme.example", "change nothing", str(acted.session.id)))
    assert acted.token not in letter.body


def test_they_are_told_of_what_was_over_before_the_mail_went_out(acme: Api, acted: acting.Begun) -> None:
    acting.end(acted.session.id)
    with scope.company(acme.company_id, location="DE"):
        acting_mail.tell(acted.session.id)
    (letter,), ended = mail.outbox, sessions.by_id(acted.session.id)

    assert letter.to == ["owner@acme.example", "viewer@acme.example"]
    assert "acted as" in letter.body
    assert ended is not None
    assert f"to {ended.ended_at:%d %B %Y %H:%M} UTC." in letter.body
    assert "DELETE" not in letter.body


def test_of_what_has_expired_the_mail_tells_when(acme: Api, acted: acting.Begun) -> None:
    with clock.shifted(timedelta(minutes=20)), scope.company(acme.company_id, location="DE"):
        acting_mail.tell(acted.session.id)

    assert f"to {acted.session.good_until:%d %B %Y %H:%M} UTC." in mail.outbox[0].body


def test_a_mail_server_that_is_away_is_tried_again(
    acme: Api, acted: acting.Begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise SMTPServerDisconnected

    monkeypatch.setattr(acting_mail, "send_mail", refuse)
    with scope.company(acme.company_id, location="DE"), pytest.raises(Retry):
        acting_mail.tell(acted.session.id)
