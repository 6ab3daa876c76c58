"""What commands of operators share."""

from __future__ import annotations

import getpass
import os
import signal
import time
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pymongo.errors import OperationFailure, ServerSelectionTimeoutError

from novapulse import context
from novapulse.errors import NotFound
from novapulse.web import commands
from novapulse.web.commands import BadArguments, OperatorCommand

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.core.management.base import CommandParser


class Command(OperatorCommand):
    """Do to things what the test says."""

    def __init__(self, do: Callable[[], object]) -> None:
        super().__init__()
        self.do = do

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        shown = actions.add_parser("show")
        shown.add_argument("--limit", type=int)
        commands.take_reason(shown)

    def handle(self, *_args: object, **_options: Any) -> None:
        """Do it."""
        self.do()


def _raise(error: Exception) -> NoReturn:
    raise error


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NotFound("There is no such thing."), "no such thing"),
        (ServerSelectionTimeoutError("10.0.0.7"), "does not answer"),
    ],
)
def test_trouble_is_one_sentence_for_operators(error: Exception, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence) as raised:
        call_command(Command(lambda: _raise(error)), "show")

    assert raised.value.__cause__ is error
    assert raised.value.returncode == 1
    assert "10.0.0.7" not in str(raised.value)


@pytest.mark.parametrize("fault", [ZeroDivisionError(), OperationFailure("no such command", 59), CommandError("Said.")])
def test_a_fault_stays_what_it_is(fault: Exception) -> None:
    with pytest.raises(type(fault)) as raised:
        call_command(Command(lambda: _raise(fault)), "show")

    assert raised.value is fault


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "manage.py things: error: the following arguments are required: ACTION. See manage.py things --help."),
        (
            ["show", "--limit", "x"],
            "manage.py things show: error: argument --limit: invalid int value: 'x'. See manage.py things show --help.",
        ),
        (
            ["show", "--no-such"],
            "manage.py things show: error: unrecognized arguments: --no-such. See manage.py things show --help.",
        ),
        (
            ["show"],
            "manage.py things show: error: --limit does not go with itself. See manage.py things show --help.",
        ),
    ],
)
def test_bad_arguments_end_it_with_one_line_and_exit_code_2(
    arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = Command(lambda: _raise(BadArguments("--limit does not go with itself.")))

    with pytest.raises(SystemExit) as ended:
        command.run_from_argv(["manage.py", "things", *arguments])
    assert (ended.value.code, capsys.readouterr().err) == (2, f"{line}\n")


def test_a_program_that_calls_a_command_gets_them_as_an_error_with_the_exit_code() -> None:
    with pytest.raises(CommandError, match="unrecognized arguments: --no-such") as raised:
        call_command(Command(lambda: None), "show", "--no-such")

    assert raised.value.returncode == 2


def test_its_help_lists_what_is_its_own_and_what_helps_in_trouble(capsys: pytest.CaptureFixture[str]) -> None:
    Command(lambda: None).print_help("manage.py", "things")
    printed = capsys.readouterr().out

    assert "ACTION" in printed
    assert "--traceback" in printed
    assert "--settings" not in printed


def test_what_it_does_is_done_by_who_gives_it_for_the_reason_that_they_say() -> None:
    found = []
    call_command(Command(lambda: found.append(context.trail())), "show", "--reason", " Case 4711 ")

    assert [(each.operator, each.reason) for each in found if each] == [(getpass.getuser(), "Case 4711")]


@pytest.mark.parametrize("reason", ["", " ", "a\nb", "a" * 201])
def test_a_reason_is_one_line_that_says_something(reason: str) -> None:
    with pytest.raises(CommandError, match="give one line of at most 200 characters"):
        call_command(Command(lambda: None), "show", "--reason", reason)


def test_whoever_gives_a_command_is_named_by_their_account(monkeypatch: pytest.MonkeyPatch) -> None:
    assert commands.operator() == getpass.getuser()

    def nobody() -> NoReturn:
        raise KeyError

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert commands.operator() == f"uid {os.getuid()}"


def test_sigterm_ends_a_command_by_an_exception_so_that_it_clears_up() -> None:
    before, cleared = signal.getsignal(signal.SIGTERM), list[bool]()

    def work() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)
        finally:
            cleared.append(True)

    command = Command(work)
    command._called_from_command_line = True
    with pytest.raises(SystemExit) as ended:
        call_command(command, "show")

    assert (ended.value.code, cleared, signal.getsignal(signal.SIGTERM)) == (143, [True], before)
