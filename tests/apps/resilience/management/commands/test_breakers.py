"""`manage.py breakers` against a real MongoDB."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from apps.resilience.domain import breaker_switches

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run the command; give what it prints."""

    def _run(*arguments: str) -> str:
        call_command("breakers", *arguments)
        return capsys.readouterr().out

    return _run


def test_open_and_close_hold_and_reset_lets_go(run: Callable[..., str]) -> None:
    assert "redis is held open until 20" in run("open", "redis", "--for", "10m")
    held = breaker_switches.switches()["redis"]
    assert (held.until - held.at).total_seconds() == 600
    assert "redis is held closed until 20" in run("close", "redis", "--for", "2h")
    assert run("reset", "redis") == "Done! redis is let go.\n"
    assert run("reset", "redis") == "Nothing to do: redis was not held.\n"


def test_show_tells_what_is_held_and_what_processes_say(run: Callable[..., str]) -> None:
    run("open", "redis", "--for", "10m")
    breaker_switches.report("postgresql", process="one:1", state="open")
    head, *rows, conclusion = run("show").splitlines()

    assert head.split()[:2] == ["Breaker", "State"]
    states = dict(row.split()[:2] for row in rows)
    assert states == {**dict.fromkeys(states, "closed"), "redis": "open", "postgresql": "open"}
    assert "one:1" in rows[2]
    assert conclusion == "1 of 5 held by hand."


def test_show_prints_json_for_programs(run: Callable[..., str]) -> None:
    run("open", "redis", "--for", "10m")
    found = json.loads(run("show", "--json"))

    assert found["names"] == ["mongodb", "redis", "postgresql", "sqs", "sqs-polling"]
    assert [each["state"] for each in found["held"]] == ["open"]
    assert found["said"] == []


def test_what_is_held_and_let_go_is_told_to_programs(run: Callable[..., str]) -> None:
    assert json.loads(run("open", "redis", "--for", "10m", "--json"))["state"] == "open"
    assert json.loads(run("reset", "redis", "--json")) == {"name": "redis", "changed": True}


@pytest.mark.parametrize("length", ["", "10", "0m", "-1m", "10 m", "25h", "9999999s", "1d"])
def test_a_time_that_cannot_be_is_refused(run: Callable[..., str], length: str) -> None:
    with pytest.raises(CommandError, match="a number and s, m or h"):
        run("open", "redis", f"--for={length}")


@pytest.mark.parametrize(
    ("name", "sentence"), [("s3", "There is no breaker 's3'"), ("mongodb", "cannot be opened by hand")]
)
def test_what_cannot_be_opened_ends_in_a_sentence(run: Callable[..., str], name: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run("open", name, "--for", "10m")
