"""Every management command that changes something records it, in the operator's name: so does a new one."""

from __future__ import annotations

import argparse
import getpass
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from django.core.management import call_command, get_commands, load_command_class

from apps.auth.domain import key_rotation
from apps.auth.enums import Algorithm
from novapulse import environ
from novapulse.vault import key_file
from tests import vaults, writes
from tests.api import PASSWORD, Api, sign_up
from tests.audited import Audited
from tests.authenticator import Authenticator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pymongo.database import Database

# What is written besides a change: signs of life of queues, what a command of SQS or PostgreSQL leaves in MongoDB.
BESIDES = frozenset({"outbox"})

# Commands that change nothing of what the service has, or are the service.
READ_ONLY = frozenset(
    {
        "limits simulate",
        "routes",
        "audit verify",
        "breakers show",
        "build_docs",
        "doctor",
        "local_services",
        "queue_control list",
        "queues",
        "request",
        "run_local",
        "run_worker",
        "secrets encrypt",
        "secrets keygen",
        "signing_keys list",
        "staff list",
        "staff demo",  # as `create`, for one's own machine
    }
)


@dataclass
class World:
    """A company, its owner, and where files go."""

    owner: Api
    folder: Path
    known: dict[str, str] = field(default_factory=dict)

    def archive(self) -> str:
        from tests.apps.work.jobs import done  # noqa: PLC0415  once the apps are ready

        job = done(self.owner, self.owner.post("/company:export"))
        file = self.folder / "acme.tar.gz"
        answer: Any = self.owner.get(f"/jobs/{job['id']}/result")
        file.write_bytes(answer.getvalue())
        return str(file)

    def issues(self) -> str:
        self.owner.post("/projects", {"key": "APP", "name": "App"})
        file = self.folder / "issues.csv"
        file.write_text("external_key,title\nA-1,One\nA-2,Two\n", encoding="utf-8")
        return str(file)

    def sealed(self) -> tuple[str, ...]:
        file, new = self.folder / "env", self.folder / "new-key"
        file.write_text(f"OPERATOR_TOKEN={environ.as_given('OPERATOR_TOKEN')}\n", encoding="utf-8")
        key_file.made(new)
        return (str(file), "--key-file", str(new))

    def next_key(self) -> str:
        self.known["kid"] = key_rotation.add(Algorithm.EDDSA).kid
        return self.known["kid"]

    def protected(self) -> str:
        secret = self.owner.post("/auth/mfa:enrol").json()["secret"]
        assert self.owner.post("/auth/mfa:confirm", {"otp": Authenticator(secret).code()}).status_code == 200
        return self.owner.email


WHY = ("--reason", "a trial")

# By command and action, in an order in which each can succeed: its arguments, and the words that it records.
Step = tuple["Callable[[World], tuple[str, ...]]", set[str]]
STEPS: dict[str, Step] = {
    "company list": (lambda _: (), {"operator.read"}),
    "company show": (lambda _: ("acme",), {"operator.read"}),
    "company plan": (lambda _: ("acme", "pro", *WHY), {"company.plan_changed"}),
    "limits set": (lambda _: ("acme", "--quota", "100000", *WHY), {"company.limits_changed"}),
    "limits show": (lambda _: ("acme",), {"operator.read"}),
    "company create": (
        lambda _: ("third", "--name", "Third", "--country", "DE", "--owner", "tim@third.example", *WHY),
        {"company.created", "member.joined"},
    ),
    "import_issues": (lambda w: ("--company", "acme", "--project", "APP", w.issues()), {"task.created"}),
    "company export": (lambda w: ("acme", str(w.folder / "taken.tar.gz"), *WHY), {"company.exported"}),
    "company import": (
        lambda w: ("second", w.archive(), *WHY),
        {"company.created", "company.imported", "member.joined", "project.created"},
    ),
    "audit show": (lambda _: ("--company", "acme"), {"operator.read"}),
    "user show": (lambda w: (w.owner.email,), {"operator.read"}),
    "user reset-mfa": (lambda w: (w.protected(), *WHY), {"second_factor.forgotten"}),
    "revoke token": (lambda w: (ObjectId().binary.hex() + "00000000", "--session", _live(w), *WHY), {"token.revoked"}),
    "revoke session": (lambda w: (_live(w), *WHY), {"session.ended"}),
    "revoke api-key": (lambda w: (_public_part(w), *WHY), {"api_key.revoked"}),
    "revoke membership": (lambda w: (w.owner.user["membership_id"], *WHY), {"credentials.revoked"}),
    "user end-sessions": (lambda w: (_live(w) and w.owner.email, *WHY), {"sessions.ended"}),
    "user deactivate": (lambda w: (w.owner.email, *WHY), {"person.deactivated"}),
    "user reactivate": (lambda w: (w.owner.email, *WHY), {"person.reactivated"}),
    "company end-sessions": (lambda _: ("acme", *WHY), {"sessions.ended"}),
    "company suspend": (lambda _: ("acme", *WHY), {"company.suspended"}),
    "company read-only": (lambda _: ("acme", *WHY), {"company.made_read_only"}),
    "company resume": (lambda _: ("acme", *WHY), {"company.resumed"}),
    "company delete": (lambda _: ("acme", *WHY), {"company.deletion_asked"}),
    "signing_keys add": (lambda _: (), {"signing_key.added"}),
    "signing_keys activate": (lambda w: (w.next_key(), "--now"), {"signing_key.activated"}),
    "signing_keys retire": (lambda w: (w.next_key(),), {"signing_key.retired"}),
    "breakers open": (lambda _: ("postgresql", "--for", "1m"), {"breaker.held"}),
    "breakers close": (lambda _: ("postgresql", "--for", "1m"), {"breaker.held"}),
    "breakers reset": (lambda _: ("postgresql",), {"breaker.released"}),
    "queue_control pause": (lambda _: ("--queue", "default"), {"queue.paused"}),
    "queue_control resume": (lambda _: ("--queue", "default"), {"queue.resumed"}),
    "dlq list": (lambda _: (), {"operator.read"}),
    "dlq redrive": (lambda _: ("--queue", "default"), {"dead_letters.redriven"}),
    "dlq purge": (lambda _: ("--queue", "default"), {"dead_letters.purged"}),
    "isolation_scan": (lambda _: ("--company", "acme"), {"operator.read"}),
    "ensure_indexes": (lambda _: ("--apply",), {"indexes.applied"}),
    "ensure_queues": (lambda _: ("--apply",), {"queues.applied"}),
    "secrets decrypt": (lambda _: ("OPERATOR_TOKEN", "--show", "--reason", "a look"), {"setting.decrypted"}),
    "secrets rotate": (lambda w: (*w.sealed(), "--reason", "yearly"), {"settings.rotated"}),
    "staff create": (lambda _: ("ann@staff.example",), {"staff.changed"}),
    "staff reset": (lambda _: ("ann@staff.example",), {"staff.changed"}),
    "staff deactivate": (lambda _: ("ann@staff.example",), {"staff.changed"}),
    "staff reactivate": (lambda _: ("ann@staff.example",), {"staff.changed"}),
    "staff unlock": (lambda _: ("ann@staff.example",), {"staff.changed"}),
    "seed_benchmark": (
        lambda _: ("--companies", "1", "--tasks", "3", "--beside"),
        {"company.created"},
    ),
    "seed_demo": (
        lambda _: (),
        {"company.created", "member.joined", "sign_in.succeeded", "project.created", "task.created"},
    ),
}
ALSO_TRIED = frozenset(
    {
        "dlq show",  # as `dlq list`, of a letter that there is not
        "company verify-deleted",  # a read, of a company that is deleted: tests/apps/operations/management/commands
    }
)


def _public_part(world: World) -> str:
    """Make an API key of the owner's; give the part of its text that is public."""
    body = {"email": world.owner.email, "password": PASSWORD, "company_slug": "acme"}
    owner = Api(Api().post("/auth/login", body).json()["access_token"])
    return str(owner.post("/api-keys", {"name": "CI"}).json()["prefix"])


def _live(world: World) -> str:
    """Sign the owner in anew; give the session."""
    body = {"email": world.owner.email, "password": PASSWORD, "company_slug": "acme"}
    granted = Api().post("/auth/login", body).json()
    sessions = Api(granted["access_token"]).get("/me/sessions").json()["data"]
    return str(next(each["id"] for each in sessions if each["current"]))


@pytest.fixture
def _sealed(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key_file.made(tmp_path / "key")
    settings.VAULT = vaults.vault(key_file=str(tmp_path / "key"))
    monkeypatch.setenv("OPERATOR_TOKEN", settings.VAULT.encrypted_by_file("OPERATOR_TOKEN", "its value"))


@pytest.mark.usefixtures("queues", "own_keys", "db", "_sealed")
def test_every_command_that_changes_something_records_it_in_the_operators_name(
    database: Database[dict[str, Any]], tmp_path: Path, settings: Any
) -> None:
    settings.LOCAL_DIR = tmp_path
    world, audited = World(sign_up("acme"), tmp_path), Audited(database)

    for command, (arguments, words) in STEPS.items():
        name, *action = command.split()
        given = arguments(world)
        audited.forget()
        with writes.noted() as written:
            call_command(name, *action, *given, stdout=io.StringIO())
        astray = writes.unrecorded(written, passed_over=BESIDES)
        told = audited.told()
        assert {each["action"] for each in told if each["action"] in words} == words, command
        assert astray == [] or command in _OUT_OF_ONE_TRANSACTION, (command, astray)
        assert {(each["actor"]["kind"], each["actor"]["name"]) for each in told} == {("operator", getpass.getuser())}


# An import writes tasks and comments before the one transaction that makes them be there, and records it.
_OUT_OF_ONE_TRANSACTION = frozenset(
    {"company import", "audit show", "seed_benchmark"}
)  # the second seals what it is about to show; the last tells of a company with counts, as it founds it


def test_no_command_is_left_out() -> None:
    assert set(_ours()) == {*STEPS, *READ_ONLY, *ALSO_TRIED}


def _ours() -> Iterator[str]:
    for name, app in get_commands().items():
        if not str(app).startswith("apps."):
            continue
        parser = load_command_class(str(app), name).create_parser("manage.py", name)
        choices = [each.choices for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
        yield from (f"{name} {action}" for action in choices[0]) if choices else [name]
