"""Refresh tokens: one successor for all callers at once, and the end of the session for a copy."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from django.test import override_settings

from apps.auth.domain import memberships, refresh_tokens, sessions
from apps.auth.domain.sessions import Device, SessionRecord
from apps.auth.enums import Role
from apps.auth.errors import InvalidRefreshToken
from novapulse import clock

if TYPE_CHECKING:
    from pymongo.database import Database

DEVICE = Device("pytest", "127.0.0.1")


@pytest.fixture
def session(database: object) -> SessionRecord:
    """Start a session."""
    membership = memberships.create(company_id=ObjectId(), location="DE", identity_id=ObjectId(), role=Role.MEMBER)
    return sessions.start(membership, device=DEVICE)


def used(token: str) -> str:
    """Use a token as a refresh does, and give its successor."""
    presented = refresh_tokens.read(token)
    refresh_tokens.session_of(presented)
    return refresh_tokens.write(refresh_tokens.rotate(presented))


def test_token_names_session_and_generation_and_hides_the_rest(session: SessionRecord) -> None:
    token = refresh_tokens.write(session)
    assert token.startswith(f"npr_{session.id}_1_")
    assert len(token) == len(f"npr_{session.id}_1_") + 43


def test_nothing_at_rest_can_be_replayed(session: SessionRecord, database: Database[dict[str, Any]]) -> None:
    token = refresh_tokens.write(session)
    assert token[-43:] not in str(database.sessions.find_one({"_id": session.id}))
    with override_settings(MASTER_KEY="whoever has only the database has another key"):
        assert refresh_tokens.write(session) != token


def test_rotation_gives_another_token_each_time(session: SessionRecord) -> None:
    token, seen = refresh_tokens.write(session), set()
    for _ in range(5):
        seen.add(token)
        token = used(token)
    assert len(seen | {token}) == 6


def test_all_callers_get_the_same_successor_when_one_token_is_used_at_once(
    session: SessionRecord, database: Database[dict[str, Any]]
) -> None:
    token = refresh_tokens.write(session)
    for _ in range(3):
        successors = _used_at_once(token, callers=50)
        assert len(successors) == 1
        token = successors.pop()
    stored = database.sessions.find_one({"_id": session.id})
    assert stored is not None
    assert (stored["generation"], stored["ended_at"]) == (4, None)
    assert database.sessions.count_documents({}) == 1


def test_retry_gets_the_same_successor_within_the_grace(session: SessionRecord) -> None:
    token = refresh_tokens.write(session)
    successor = used(token)
    with clock.shifted(timedelta(seconds=45)):
        assert used(token) == successor


def test_session_ends_when_a_token_is_used_again_after_the_grace(
    session: SessionRecord, caplog: pytest.LogCaptureFixture
) -> None:
    token = refresh_tokens.write(session)
    successor = used(token)
    with clock.shifted(timedelta(seconds=61)), caplog.at_level(logging.WARNING), pytest.raises(InvalidRefreshToken):
        used(token)
    assert "auth.refresh_reuse" in caplog.messages
    assert token not in caplog.text
    with pytest.raises(InvalidRefreshToken):
        used(successor)


def test_session_ends_when_a_token_older_than_the_last_is_used(
    session: SessionRecord, database: Database[dict[str, Any]]
) -> None:
    first = refresh_tokens.write(session)
    third = used(used(first))
    with pytest.raises(InvalidRefreshToken):
        used(first)
    with pytest.raises(InvalidRefreshToken):
        used(third)
    stored = database.sessions.find_one({"_id": session.id})
    assert stored is not None
    assert stored["end_reason"] == "refresh-reuse"


def test_reuse_ends_no_other_session(session: SessionRecord) -> None:
    membership = memberships.active(session.membership_id)
    assert membership is not None
    other = refresh_tokens.write(sessions.start(membership, device=DEVICE))
    first = refresh_tokens.write(session)
    used(used(first))
    with pytest.raises(InvalidRefreshToken):
        used(first)
    assert used(other)


def test_token_is_refused_when_its_session_has_ended(session: SessionRecord) -> None:
    sessions.end(session.id, reason="logout")
    with pytest.raises(InvalidRefreshToken):
        used(refresh_tokens.write(session))


def test_token_is_refused_when_its_session_has_expired(session: SessionRecord) -> None:
    token = refresh_tokens.write(session)
    with clock.shifted(timedelta(days=29)):
        token = used(token)
    with clock.shifted(timedelta(days=30, seconds=1)), pytest.raises(InvalidRefreshToken):
        used(token)


def test_forged_tokens_are_refused_and_end_nothing(session: SessionRecord) -> None:
    token = refresh_tokens.write(session)
    named, mac = token[:-44], token[-43:]  # a MAC may hold underscores
    last = "A" if mac[-1] != "A" else "E"
    forged = [
        "",
        "npr_",
        token + "=",
        token.replace("npr_", "np_"),
        named.replace("_1", "_2") + "_" + mac,
        named.replace("_1", "_01") + "_" + mac,
        f"npr_{ObjectId()}_1_{mac}",
        f"{named}_{'A' * 43}",
        f"{named}_{mac[:-1]}{last}",
        f"npr_{session.id}_999999999_{mac}",
    ]
    for text in forged:
        with pytest.raises(InvalidRefreshToken):
            used(text)
    assert used(token)


def _used_at_once(token: str, *, callers: int) -> set[str]:
    barrier = Barrier(callers)

    def call() -> str:
        barrier.wait()
        return used(token)

    with ThreadPoolExecutor(callers) as pool:
        return {future.result() for future in [pool.submit(call) for _ in range(callers)]}
