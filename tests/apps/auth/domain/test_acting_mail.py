"""The mail that tells a company that staff act as one of its members."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPServerDisconnected
from typing import TYPE_CHECKING

import pytest
from django.core import mail

from apps.auth import tasks
from apps.auth.domain import acting, acting_mail
from apps.auth.enums import Access
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


def test_nobody_is_told_of_what_is_over(acme: Api, acted: acting.Begun) -> None:
    acting.end(acted.session.id)
    with scope.company(acme.company_id, location="DE"):
        acting_mail.tell(acted.session.id)

    assert mail.outbox == []


def test_a_mail_server_that_is_away_is_tried_again(
    acme: Api, acted: acting.Begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise SMTPServerDisconnected

    monkeypatch.setattr(acting_mail, "send_mail", refuse)
    with scope.company(acme.company_id, location="DE"), pytest.raises(Retry):
        acting_mail.tell(acted.session.id)
