"""`manage.py queue_control` against a real MongoDB."""

from __future__ import annotations

import getpass
import json

import pytest
from django.core.management import CommandError, call_command

from tests import people

pytestmark = pytest.mark.usefixtures("database")


def _said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    call_command("queue_control", *arguments)
    return capsys.readouterr().out


def test_a_queue_is_paused_listed_and_resumed(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Paused queue:default; workers obey" in _said(capsys, "pause", "--queue", "default")
    assert [row["by"] for row in json.loads(_said(capsys, "list", "--json"))] == [getpass.getuser()]
    assert "queue:default goes on." in _said(capsys, "resume", "--queue", "default")
    assert _said(capsys, "list").strip() == "Nothing is paused."


def test_a_company_is_paused_in_all_queues(capsys: pytest.CaptureFixture[str]) -> None:
    acme = people.company("acme")
    assert f"Paused company:{acme.id}; " in _said(capsys, "pause", "--company", "acme")
    with pytest.raises(CommandError, match=r"^There is no company 'rival'\.$"):
        call_command("queue_control", "resume", "--company", "rival")


@pytest.mark.parametrize(
    "arguments", [("pause",), ("pause", "--queue", "nowhere"), ("resume", "--queue", "default", "--company", "acme")]
)
def test_what_makes_no_sense_is_refused_in_a_sentence(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("queue_control", *arguments)
