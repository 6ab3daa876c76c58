"""What is typed for the examples in docs/commands.md, in an order in which each can succeed."""

from __future__ import annotations

import json
import shlex
import time
import urllib.request
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Shell(Protocol):
    """Types a command line; gives what was printed and the exit code."""

    def __call__(self, typed: str, *, seconds: float | None = None) -> tuple[str, int]: ...

    def json(self, typed: str) -> Any: ...


OWNER: Final = "demo@demo.example"
REQUEST: Final = "my-first-export"
LETTER: Final = "6b07ad09a72c2f09aa168057"


@dataclass
class World:
    """The demo company as it is served, and what has to be there before a command can tell of it.

    given: what is typed into the prompt of commands that begin like this.
    """

    folder: Path
    port: int
    said: list[str]
    typed: Shell
    given: dict[str, str]

    @cached_property
    def token(self) -> str:
        words = (self.folder / "demo-sign-in.txt").read_text().split()
        body = {"email": OWNER, "password": words[-1]}
        return str(self.send("POST", "/auth/login", body, token="")["access_token"])

    def send(self, method: str, path: str, body: object = None, *, token: str | None = None, request: str = "") -> Any:
        bearer = self.token if token is None else token
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {bearer}"} if bearer else {})}
        if request:
            headers["X-Request-ID"] = request
        data = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.port}/api/v1{path}"
        asked = urllib.request.Request(url, data=data, method=method, headers=headers)
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310  as above
            return json.loads(answer.read() or b"null")

    def person(self) -> dict[str, Any]:
        found: dict[str, Any] = self.typed.json(f"user show {OWNER}")
        return found

    def next_key(self) -> str:
        return str(self.typed.json("signing_keys add")["kid"])

    def file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


def _request(world: World) -> str:
    world.send("GET", "/projects")
    for _ in range(20):
        world.send("GET", "/tasks?q=page")
    world.send("POST", "/exports", {"format": "csv"}, request=REQUEST)
    time.sleep(5)  # until the worker has done it
    return f"request {REQUEST}"


def _issues(world: World) -> str:
    file = world.file("issues.csv", "external_key,title,status\nSHOP-1,Show the basket,todo\nSHOP-2,,todo\n")
    return f"import_issues --company demo --project WEB {file} --dry-run"


def _dead_letter(world: World) -> str:
    """Send a task that no release of ours has: no worker can do it."""
    envelope = {"schema": 1, "id": LETTER, "task": "apps.work.tasks.of_another_release", "queue": "default"}
    body = json.dumps({**envelope, "enqueued_at": "2026-11-26T03:00:00+00:00"})
    url = "setup.sqs().queue_url(names.physical('default'))"
    send = f"setup.sqs().call(lambda client: client.send_message(QueueUrl={url}, MessageBody={body!r}))"
    world.typed(f"shell -c {shlex.quote(f'from novapulse.queues import names, setup; {send}')}")
    for _ in range(30):
        if LETTER in world.typed("dlq list")[0]:
            break
    return "dlq list"


def _decrypt(world: World) -> str:
    sealed, _ = world.typed("secrets encrypt EMAIL_HOST_PASSWORD")
    world.given["secrets decrypt"] = sealed.splitlines()[0]
    return "secrets decrypt EMAIL_HOST_PASSWORD --stdin --show --reason 'moves to another provider'"


UNTIL_STOPPED: Final = frozenset({"run_worker --threads 2"})

LINES: Final[tuple[str | Callable[[World], str], ...]] = (
    "local_services status",
    "doctor",
    "ensure_indexes",
    "ensure_queues --apply",
    "seed_demo",
    "run_worker --threads 2",
    _request,
    "routes --path /projects",
    "company list",
    "company show demo",
    "company create acme --name 'Acme Ltd.' --country DE --owner anna@acme.example --reason 'signed the contract'",
    "company plan acme pro --reason 'signed the contract'",
    "company suspend acme --reason 'has not paid since May' --dry-run",
    "company suspend acme --reason 'has not paid since May'",
    "company resume acme --reason 'has paid'",
    lambda world: f"company export demo {world.folder / 'demo.tar.gz'}",
    lambda world: f"company import second {world.folder / 'demo.tar.gz'} --reason 'a second site' --dry-run",
    "company delete acme --reason 'has left' --dry-run",
    lambda world: (
        f"company delete acme --reason 'has left' --now --confirm acme --certificate {world.folder / 'gone.json'}"
    ),
    lambda world: f"company verify-deleted acme --certificate {world.folder / 'gone.json'}",
    "limits show demo",
    "limits simulate --quota 20 --window-seconds 60",
    "limits set demo --quota 3000 --shadow principal --reason 'a campaign until Friday'",
    "limits set demo --quota none --reason 'a mistake'",
    f"user show {OWNER}",
    f"user reset-mfa {OWNER} --reason 'case 4711: has lost the phone'",
    f"user deactivate {OWNER} --reason 'case 4712: asked for it' --dry-run",
    lambda world: f"revoke session {world.person()['sessions'][0]['id']} --reason 'case 4713: a lost laptop' --dry-run",
    "company end-sessions demo --reason 'case 4714: a leaked backup' --dry-run",
    f"user end-sessions {OWNER} --reason 'case 4713: a lost laptop'",
    "audit verify --all",
    "audit show --company demo --limit 5",
    "breakers show",
    "breakers open redis --for 1m --reason 'moves to another host'",
    "breakers reset redis",
    "queues --once",
    "queue_control pause --queue default --reason 'a migration'",
    "queue_control list",
    "queue_control resume --queue default",
    _dead_letter,
    f"dlq show {LETTER}",
    "dlq redrive --queue default --dry-run",
    "signing_keys list",
    lambda world: f"signing_keys activate {world.next_key()} --reason 'every half year' --dry-run",
    "staff list",
    _issues,
    "isolation_scan",
    "seed_benchmark --companies 3 --tasks 60 --beside --dry-run",
    lambda world: f"secrets keygen {world.folder / 'key'}",
    "secrets encrypt EMAIL_HOST_PASSWORD",
    _decrypt,
    "build_docs --check",
)
