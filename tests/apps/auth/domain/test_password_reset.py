"""Forgotten passwords."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail

from apps.auth.documents import Identity
from apps.auth.domain import deactivation, identities, mail_tokens, password_reset, passwords, sessions
from apps.auth.domain.sessions import Device
from apps.auth.enums import Role
from apps.auth.errors import PasswordRefused, ResetNotValid
from config.apps import the_watch
from novapulse import clock
from novapulse.log import JsonFormatter
from tests import people
from tests.api import PASSWORD, Api
from tests.faults import quickest_seconds_of

if TYPE_CHECKING:
    from pymongo.database import Database

    from apps.auth.domain.identities import IdentityRecord

EMAIL, OTHER = "anna@acme.example", "bert@rival.example"


@pytest.fixture
def anna(database: object) -> IdentityRecord:
    """Let Anna and, in another company, Bert have accounts, whose addresses nobody has verified."""
    identities.create(email=OTHER, name="Bert", password_hash="none")
    return identities.create(email=EMAIL, name="Anna", password_hash="none")


def asked(email: str = EMAIL) -> str:
    """Ask, wait for the mail, and give its token."""
    password_reset.ask(email)
    assert password_reset.room.drain(seconds=10)
    return str(mail.outbox[-1].body).split("token=")[1].split()[0]


def test_whoever_reads_the_mail_sets_the_password_and_has_shown_their_address(anna: IdentityRecord) -> None:
    password_reset.reset(asked(EMAIL.upper()), password=PASSWORD)
    now, other = identities.identity(anna.id), identities.by_email(OTHER)
    assert passwords.matches(now, password=PASSWORD)
    assert (now.email_verified_at is not None, now.version) == (True, 2)
    assert other is not None
    assert other.password_hash == "none"


def test_only_the_hash_of_the_token_is_kept(anna: IdentityRecord, database: Database[dict[str, Any]]) -> None:
    token = asked()
    stored = database.identities.find_one({"_id": anna.id})
    assert stored is not None
    assert bytes(stored["reset_token_hash"]) == mail_tokens.hashed(token)
    assert token not in str(stored)


def test_token_never_stands_in_the_logs(anna: IdentityRecord, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        token = asked()
        password_reset.reset(token, password=PASSWORD)
    lines = [json.loads(JsonFormatter().format(record)) for record in caplog.records]
    assert {"auth.reset_mailed", "auth.reset"} <= {line["event"] for line in lines}
    assert token not in str(lines)
    assert PASSWORD not in str(lines)


def test_token_works_once(anna: IdentityRecord) -> None:
    token = asked()
    password_reset.reset(token, password=PASSWORD)
    with pytest.raises(ResetNotValid):
        password_reset.reset(token, password=PASSWORD)


def test_one_of_many_wins_when_a_token_is_used_at_once(anna: IdentityRecord) -> None:
    token, together = asked(), Barrier(6)

    def use(number: int) -> bool:
        together.wait()
        try:
            password_reset.reset(token, password=f"{PASSWORD} {number}")
        except ResetNotValid:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        won = list(threads.map(use, range(6)))
    assert sorted(won) == [False] * 5 + [True]
    assert passwords.matches(identities.identity(anna.id), password=f"{PASSWORD} {won.index(True)}")


def test_token_is_good_for_an_hour(anna: IdentityRecord) -> None:
    token = asked()
    with clock.shifted(timedelta(hours=1)), pytest.raises(ResetNotValid):
        password_reset.reset(token, password=PASSWORD)
    with clock.shifted(timedelta(minutes=59)):
        password_reset.reset(token, password=PASSWORD)


def test_newest_token_is_the_only_one_that_works(anna: IdentityRecord) -> None:
    first, second = asked(), asked()
    with pytest.raises(ResetNotValid):
        password_reset.reset(first, password=PASSWORD)
    password_reset.reset(second, password=PASSWORD)


def test_token_of_one_account_opens_no_other(anna: IdentityRecord) -> None:
    asked()
    password_reset.reset(asked(OTHER), password=PASSWORD)
    assert identities.identity(anna.id).password_hash == "none"


@pytest.mark.parametrize("token", ["", "x" * 43, "\u0130"])
def test_made_up_tokens_are_refused(anna: IdentityRecord, token: str) -> None:
    asked()
    with pytest.raises(ResetNotValid):
        password_reset.reset(token, password=PASSWORD)


def test_token_is_as_good_as_before_when_the_password_breaks_a_rule(anna: IdentityRecord) -> None:
    people.seat(people.company("acme-rockets"), identity=anna, role=Role.OWNER)
    token = asked()
    for weak in ("short", "acme rockets 2026"):
        with pytest.raises(PasswordRefused) as refused:
            password_reset.reset(token, password=weak)
        assert [field.pointer for field in refused.value.fields] == ["/new_password"]
    password_reset.reset(token, password=PASSWORD)


def test_sessions_end_when_the_password_is_set_and_not_when_it_is_asked_for(anna: IdentityRecord) -> None:
    seat = people.seat(people.company("acme"), identity=anna, role=Role.OWNER)
    started = sessions.start(seat, device=Device("pytest", "127.0.0.1"))
    token = asked()
    assert sessions.by_id(started.id) == started
    password_reset.reset(token, password=PASSWORD)
    ended = sessions.by_id(started.id)
    assert ended is not None
    assert not ended.is_live


def test_api_keys_end_only_where_nobody_had_verified_the_address(database: object) -> None:
    """Whoever made the account before may have left themself a key; whoever is known to hold it keeps theirs."""
    home = people.company("acme")
    known, squatted = (people.person(home, role=Role.MEMBER, email=email) for email in (EMAIL, OTHER))
    keys = [people.key(known), people.key(squatted)]
    Identity.collection().update_one({"_id": squatted.identity.id}, {"$set": {"email_verified_at": None}})
    for email in (EMAIL, OTHER):
        password_reset.reset(asked(email), password=PASSWORD)
    the_watch().look()  # as each serving process does twice a second
    assert [Api(key).get("/tasks").status_code for key in keys] == [200, 401]


def test_no_mail_comes_to_an_address_without_an_account(anna: IdentityRecord) -> None:
    password_reset.ask("nobody@acme.example")
    assert password_reset.room.drain(seconds=10)
    assert mail.outbox == []


def test_deactivated_account_gets_no_mail_and_an_earlier_token_opens_it_no_more(anna: IdentityRecord) -> None:
    token = asked()
    deactivation.deactivate(deactivation.account(EMAIL))
    with pytest.raises(ResetNotValid):
        password_reset.reset(token, password=PASSWORD)
    password_reset.ask(EMAIL)
    assert password_reset.room.drain(seconds=10)
    assert len(mail.outbox) == 1


def test_asking_waits_for_no_store_and_no_mail_server(mongo_refused: None) -> None:
    assert quickest_seconds_of(lambda: password_reset.ask(EMAIL)) < 0.1
    assert password_reset.room.drain(seconds=10)
