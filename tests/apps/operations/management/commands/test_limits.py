"""`manage.py limits` against a real MongoDB and Redis."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from django.core.management import CommandError, call_command

from apps.tenants.domain import companies, gate_changes
from novapulse.gate import gate
from novapulse.gate.gate import Gate
from novapulse.gate.store import GateStore
from novapulse.log.streams import APPLICATION_FILE
from tests import faults
from tests.lines import collected

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.api import Api


def fail(_credential: object) -> NoReturn:
    raise AssertionError("nobody asks for the truth")


WHY = ("--reason", "Case 4711")


@pytest.fixture
def run(acme: Api, rival: Api, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run the command with a company and its rival there; give what it prints."""

    def _run(*arguments: str) -> str:
        capsys.readouterr()
        call_command("limits", *arguments)
        return capsys.readouterr().out

    return _run


@pytest.fixture
def logged(acme: Api, rival: Api, tmp_path: Path, settings: Any) -> None:
    """Let Acme ask ten times and its rival once, and keep what is logged of it."""
    settings.LOG_DIR = str(tmp_path)
    with collected("novapulse.http") as lines:
        for _ in range(10):
            acme.get("/projects")
        rival.get("/projects")
    (tmp_path / APPLICATION_FILE).write_text("".join(f"{json.dumps(line)}\n" for line in lines.taken()))


def test_limits_are_agreed_and_reset(run: Callable[..., str]) -> None:
    said = run("set", "acme", "--quota", "60", "--window-seconds", "10", "--concurrency", "3", *WHY)

    assert said == "Done! Acme (acme) may use 60 units in 10 s, 3 requests at a time.\n"
    reset = run("set", "acme", "--reset", *WHY)
    assert reset == "Done! Acme (acme) may use 1200 units in 60 s, 20 requests at a time.\n"
    assert companies.company_named("rival").limits_version == 1


@pytest.mark.parametrize(
    ("arguments", "sentence", "code"),
    [
        (("acme",), "Say what to change", 2),
        (("acme", "--quota", "0"), "argument --quota: give a number from 1 to 1000000", 2),
        (("acme", "--window-seconds", "86401"), "give a number from 1 to 86400", 2),
        (("acme", "--concurrency", "many"), "give a number from 1 to 10000", 2),
        (("acme", "--shadow", "speed"), "invalid choice: 'speed'", 2),
        (("acme", "--shadow", "company", "--enforce", "company"), "cannot be in shadow and enforced at once", 2),
        (("nobody", "--quota", "1"), "There is no company 'nobody'.", 1),
    ],
)
def test_mistake_changes_nothing(run: Callable[..., str], arguments: tuple[str, ...], sentence: str, code: int) -> None:
    with pytest.raises(CommandError, match=sentence) as raised:
        run("set", *arguments, *WHY)
    assert raised.value.returncode == code
    assert (companies.company_named("acme").limits_version, gate_changes.pending()) == (1, {})


def test_show_tells_plan_agreement_and_what_is_used_now(run: Callable[..., str], acme: Api) -> None:
    run("set", "acme", "--quota", "60", "--window-seconds", "3600", "--shadow", "principal", *WHY)
    for _ in range(3):
        acme.post("/projects", {"key": "A-", "name": "bad"})
    told = json.loads(run("show", "acme", "--json"))

    assert (told["plan"], told["agreed"]["quota"], told["limits"]["window_seconds"]) == ("free", 60, 3600)
    assert (told["usage"]["remaining_units"], told["usage"]["used_units"]) == (54, 6)
    assert told["usage"]["in_flight"] <= 1  # the last one is given back by the next, or by what a server runs besides
    text = run("show", "acme")
    assert "remaining units  54" in text
    assert text.splitlines()[-1].endswith("in shadow, where nothing is refused: principal.")


def test_without_redis_usage_is_not_known_and_the_rest_is(
    run: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Gate(GateStore(f"redis://127.0.0.1:{faults.refusing_port()}/0"), truth_of=fail, lease_seconds=1)
    monkeypatch.setattr(gate, "_gate", away)
    assert "remaining units  not known" in run("show", "acme")
    assert json.loads(run("show", "acme", "--json"))["usage"] is None


@pytest.mark.usefixtures("logged")
def test_what_other_limits_would_have_refused_is_told_per_company(run: Callable[..., str]) -> None:
    acme, rival = json.loads(run("simulate", "--quota", "4", "--window-seconds", "86400", "--json"))

    assert (acme["company"], acme["requests"], acme["refused"], acme["refused_by"]) == ("acme", 10, 6, {"company": 6})
    assert (rival["company"], rival["requests"], rival["refused"]) == ("rival", 1, 0)
    assert acme["limits"] == {"quota": 4, "window_seconds": 86400, "concurrency": 20}
    assert acme["busiest_minute"]["units"] <= 10
    assert run("simulate", "rival", "--quota", "1").splitlines()[-1].endswith("these limits would have refused 0.")


@pytest.mark.usefixtures("logged")
def test_a_simulation_changes_nothing_and_its_own_limits_refuse_nothing(run: Callable[..., str]) -> None:
    assert [each["refused"] for each in json.loads(run("simulate", "--json"))] == [0, 0]
    assert companies.company_named("acme").limits_version == 1


def test_without_log_files_a_simulation_says_so(run: Callable[..., str], settings: Any) -> None:
    settings.LOG_DIR = ""
    with pytest.raises(CommandError, match="LOG_DIR is not set"):
        run("simulate")
