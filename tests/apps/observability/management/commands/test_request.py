"""`manage.py request` tells what became of a real request, from its gate to the last of its tasks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from novapulse.resilience import account
from tests import queues as test_queues
from tests.lines import collected

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

    from tests.api import Api

ID = "request-of-acme"


@pytest.fixture
def logged(
    acme: Api, queues: object, tmp_path: Path, settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Log an export, with the task that does it, and another request."""
    monkeypatch.setattr(account._Telling, "of_all", True)
    settings.LOG_DIR = str(tmp_path)
    with collected() as lines:
        acme.get("/tasks")
        assert acme.send("POST", "/exports", {"format": "csv"}, X_Request_ID=ID).status_code == 202
        test_queues.drain()
    (tmp_path / "application.log").write_text("".join(f"{text}\n" for text in lines.texts))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run the command; give what it prints."""

    def _run(*arguments: str) -> str:
        call_command("request", *arguments)
        return capsys.readouterr().out

    return _run


@pytest.mark.usefixtures("logged")
def test_the_story_has_the_gate_the_time_the_calls_and_the_task(acme: Api, run: Callable[..., str]) -> None:
    told = run(ID)
    head, *_, conclusion = told.splitlines()

    assert head == f"request {ID}"
    assert "POST api/v1/exports: 202 in " in told
    assert f"company {acme.company['id']}, user {acme.user['id']}" in told
    for part in ("gate: let_in", "redis decide", "mongodb insert outbox", "task apps.work.tasks.", ": done after "):
        assert part in told
    assert "api/v1/tasks:" not in told
    assert conclusion.endswith(", attempts at tasks: 1, errors: 0.")


@pytest.mark.usefixtures("logged")
def test_programs_get_the_lines(run: Callable[..., str]) -> None:
    told = json.loads(run(ID, "--json"))

    assert told["request_id"] == ID
    assert [part["kind"] for part in told["parts"]] == ["request", "task"]
    assert {line["request_id"] for part in told["parts"] for line in part["lines"]} == {ID}
    assert len({line["trace_id"] for part in told["parts"] for line in part["lines"]}) == 1


@pytest.mark.usefixtures("logged")
@pytest.mark.parametrize(
    ("last", "told"), [({"event": "task.dead", "reason": "poison"}, "dead (poison)"), (None, "or its worker died")]
)
def test_an_attempt_that_told_of_no_end_is_dead_or_nobody_knows(
    run: Callable[..., str], tmp_path: Path, last: dict[str, str] | None, told: str
) -> None:
    log = tmp_path / "application.log"
    lines = [json.loads(text) for text in log.read_text().splitlines()]
    changed = [{**line, **(last or {})} if line["event"] == "task.finished" else line for line in lines]
    kept = [line for line in changed if line["event"] != "task.finished"]
    log.write_text("".join(f"{json.dumps(line)}\n" for line in kept))

    assert told in next(line for line in run(ID).splitlines() if "task apps.work.tasks." in line)


@pytest.mark.usefixtures("logged")
def test_what_nobody_knows_is_one_sentence(run: Callable[..., str], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=f"^No line in {tmp_path} tells of a request no-such-request.$"):
        run("no-such-request")


def test_without_files_there_is_nothing_to_look_into(run: Callable[..., str]) -> None:
    with pytest.raises(CommandError, match="LOG_DIR is not set"):
        run(ID)
