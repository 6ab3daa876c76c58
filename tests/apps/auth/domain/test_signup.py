"""Signup: all of it or nothing, whoever is faster and whatever is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest

from apps.auth.domain import signup
from apps.auth.domain.sessions import Device
from apps.auth.domain.signup import Application
from apps.auth.errors import EmailTaken
from apps.tenants.errors import SlugTaken
from tests.api import PASSWORD

if TYPE_CHECKING:
    from pymongo.database import Database

DEVICE = Device("pytest", "127.0.0.1")
COLLECTIONS = ("identities", "companies", "memberships", "sessions")

# Signs up in a process of its own, which kills itself as soon as MongoDB has acknowledged a number of inserts.
VICTIM = """
import os, signal, sys
import django
django.setup()
from pymongo import monitoring

class Killer(monitoring.CommandListener):
    inserts = 0
    def started(self, event): pass
    def failed(self, event): pass
    def succeeded(self, event):
        self.inserts += event.command_name == "insert"
        if self.inserts == int(sys.argv[1]):
            os.kill(os.getpid(), signal.SIGKILL)

from apps.auth.domain.key_ring import ring
ring.active()
monitoring.register(Killer())
from novapulse.data import registry, transaction
registry.close_all()
if sys.argv[2] == "without-transaction":
    transaction.run = lambda work: work()
from tests.apps.auth.domain.test_signup import application, DEVICE
from apps.auth.domain import signup
name = "-".join(sys.argv[1:])
signup.sign_up(application(f"killed-{name}"[:40], f"killed@{name}.example"), device=DEVICE)
"""


def application(slug: str = "acme", email: str = "owner@acme.example") -> Application:
    """Write an application."""
    return Application("Acme", slug, "DE", "Olive Owner", email, PASSWORD)


def _counts(database: Database[dict[str, Any]]) -> list[int]:
    return [database[name].count_documents({}) for name in COLLECTIONS]


def _killed_after(inserts: int, *, mode: str) -> None:
    """Kill a signup; the server gives its transaction up after a minute, so each has names that nobody else uses."""
    command = [sys.executable, "-c", VICTIM, str(inserts), mode]
    ended = subprocess.run(command, capture_output=True, check=False, timeout=60)  # noqa: S603  our own interpreter
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


@pytest.mark.parametrize("inserts", [1, 2, 3, 4])
def test_nothing_is_left_when_the_process_is_killed_between_two_statements(
    database: Database[dict[str, Any]], inserts: int
) -> None:
    _killed_after(inserts, mode="with-transaction")
    assert _counts(database) == [0, 0, 0, 0]


def test_half_a_signup_is_left_when_there_is_no_transaction(database: Database[dict[str, Any]]) -> None:
    """Show that the test above would notice: without its transaction the same kill leaves the first two of four."""
    _killed_after(2, mode="without-transaction")
    assert _counts(database) == [1, 1, 0, 0]


def test_nothing_is_left_when_the_slug_is_taken(database: Database[dict[str, Any]]) -> None:
    signup.sign_up(application(), device=DEVICE)
    with pytest.raises(SlugTaken):
        signup.sign_up(application(email="other@acme.example"), device=DEVICE)
    assert _counts(database) == [1, 1, 1, 1]


def test_nothing_is_left_when_the_address_is_taken(database: Database[dict[str, Any]]) -> None:
    signup.sign_up(application(), device=DEVICE)
    with pytest.raises(EmailTaken):
        signup.sign_up(application(slug="other", email="OWNER@acme.example"), device=DEVICE)
    assert _counts(database) == [1, 1, 1, 1]


def test_one_wins_when_two_sign_up_with_one_address_at_once(database: Database[dict[str, Any]]) -> None:
    for trial in range(20):
        rivals = [application(f"{side}-{trial}", f"owner@{trial}.example") for side in ("left", "right")]
        assert sorted(_at_once(rivals)) == ["EmailTaken", "founded"]
    assert _counts(database) == [20, 20, 20, 20]


def test_one_wins_when_two_sign_up_with_one_slug_at_once(database: Database[dict[str, Any]]) -> None:
    for trial in range(20):
        rivals = [application(f"slug-{trial}", f"{side}@{trial}.example") for side in ("left", "right")]
        assert sorted(_at_once(rivals)) == ["SlugTaken", "founded"]
    assert _counts(database) == [20, 20, 20, 20]


def _at_once(applications: list[Application]) -> list[str]:
    barrier = Barrier(len(applications))

    def outcome(each: Application) -> str:
        barrier.wait()
        try:
            signup.sign_up(each, device=DEVICE)
        except (EmailTaken, SlugTaken) as error:
            return type(error).__name__
        return "founded"

    with ThreadPoolExecutor(len(applications)) as pool:
        return list(pool.map(outcome, applications))
