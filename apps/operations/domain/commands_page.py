"""The page of commands: what each is for, what it takes, and what it has printed.

The examples are recorded by `python -m tests.recording`; here they are only read.
"""

from __future__ import annotations

import inspect
from argparse import _SubParsersAction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand, DjangoHelpFormatter

if TYPE_CHECKING:
    from argparse import Action, ArgumentParser
    from collections.abc import Iterable, Iterator


_WIDTH: Final = 120
_HEAD: Final = """\
Made by `make docs` from `apps/*/management/commands`; do not edit. Every command ends with exit code 0 when it is done,
with 1 and one sentence where it met trouble, with 2 and one line that says what to type where the arguments are bad.
`--json` prints the same for programs. The examples were recorded on a stack of their own with the demo company, by
`python -m tests.recording`; lines of the log, which go to the standard error beside them, are left out.
""".splitlines()


def ours() -> dict[str, BaseCommand]:
    """Give every command of ours by its name."""
    found = {name: app for name, app in get_commands().items() if str(app).startswith("apps.")}
    return {name: load_command_class(found[name], name) for name in sorted(found)}


def words() -> Iterator[tuple[str, ArgumentParser]]:
    """Give all that can be typed with its parser: the name of a command, or one and its action, such as `dlq list`."""
    for name, command in ours().items():
        parser = command.create_parser("manage.py", name)
        actions = next((each.choices for each in parser._actions if isinstance(each, _SubParsersAction)), None)  # noqa: SLF001  as below
        yield from [(name, parser)] if actions is None else ((f"{name} {each}", actions[each]) for each in actions)


def text() -> str:
    """Write the page."""
    lines = ["# Commands", "", *_HEAD]
    for name, command in ours().items():
        lines += ["", *_command(name, command)]
    return "\n".join(lines) + "\n"


def _command(name: str, command: BaseCommand) -> list[str]:
    head = [f"## `manage.py {name}`", "", inspect.cleandoc(type(command).__doc__ or command.help)]
    rows = list(_rows(_arguments(command, name=name)))
    table = ["", "| Argument | What it does |", "|---|---|", *rows] if rows else []
    return [*head, "", *_fenced(_help(command, name=name)), *table, *_example(name)]


def _help(command: BaseCommand, *, name: str) -> str:
    """Give what `--help` prints, as wide on every machine."""
    parser = command.create_parser("manage.py", name)
    parser.formatter_class = lambda prog: DjangoHelpFormatter(prog, width=_WIDTH)
    return f"$ manage.py {name} --help\n{parser.format_help()}"


def _example(name: str) -> list[str]:
    file = examples() / f"{name}.txt"
    return ["", "For example:", "", *_fenced(file.read_text(encoding="utf-8"))] if file.is_file() else []


def _fenced(text: str) -> list[str]:
    return ["```text", *text.strip().splitlines(), "```"]


def examples() -> Path:
    """Name the folder of the recorded examples: a file for each command."""
    return Path(settings.ROOT) / "docs" / "examples" / "commands"


def _rows(arguments: Iterable[Action], *, after: str = "") -> Iterator[str]:
    """Give a row for each argument; of a command that does several things, for each of them with its options."""
    for each in arguments:
        if isinstance(each, _SubParsersAction):
            yield from _rows_of_actions(each)
        else:
            yield f"| {_code(f'{after}{_spelling(each)}')} | {each.help or ''} |"


def _rows_of_actions(actions: _SubParsersAction[Any]) -> Iterator[str]:
    sentences = {each.dest: each.help for each in actions._choices_actions}  # noqa: SLF001  as in _actions
    for name, parser in actions.choices.items():
        own = [each for each in parser._actions if each.dest != "help"]  # noqa: SLF001  as in _actions
        named = " ".join([name, *(_spelling(each) for each in own if not each.option_strings)])
        yield f"| {_code(named)} | {sentences[name]} |"
        yield from _rows([each for each in own if each.option_strings], after=f"{name} ")


def _arguments(command: BaseCommand, *, name: str) -> list[Action]:
    """List the arguments of the command's own, without those that Django gives to all."""
    common = {action.dest for action in _actions(BaseCommand(), name=name)}
    return [action for action in _actions(command, name=name) if action.dest not in common]


def _actions(command: Any, *, name: str) -> list[Action]:  # noqa: ANN401  BaseCommand, or a class that Django found
    return list(command.create_parser("manage.py", name)._actions)  # noqa: SLF001  argparse lists them nowhere else


def _spelling(action: Action) -> str:
    if not action.option_strings:
        return " or ".join(action.choices) if action.choices else str(action.metavar or action.dest).upper()
    value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    return f"{action.option_strings[-1]}{value}"


def _code(value: str) -> str:
    return f"`{value}`" if value else ""
