"""What the commands of operators share: one base, so that all take arguments and tell troubles alike.

    class Command(OperatorCommand):
        '''What it does, for docs/commands.md.'''

Bad arguments end a command with one line on the standard error, which says what is wrong and what to type, and exit
code 2; trouble that it meets with one sentence and exit code 1; a fault of ours with a traceback.
"""

from __future__ import annotations

import getpass
import json
import os
import signal
import sys
from argparse import ArgumentTypeError
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser

from novapulse import context
from novapulse.data import mongo
from novapulse.errors import Trouble

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator, Mapping

REASON_MAX: Final = 200  # characters, as the admin takes
BAD_ARGUMENTS: Final = 2  # the exit code, as argparse's own
_ENDED: Final = 128 + signal.SIGTERM  # the exit code, as a shell tells it
_REASON_HELP: Final = "Why, in a few words: the audit keeps it, where owners of the company may read it."
_OF_DJANGO: Final = {"--version", "--verbosity", "--settings", "--pythonpath", "--no-color", "--force-color"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command prints: a text for people, or the same as data for programs."""

    text: str
    data: object

    def told(self, options: Mapping[str, Any]) -> str:
        """Give what was asked for."""
        return as_json(self.data) if options["json"] else self.text


class BadArguments(CommandError):  # noqa: N818  named after what is bad, as troubles are
    """Arguments that do not go together, which a command finds only when it looks at them all."""


class Parser(CommandParser):
    """Say in one line what is wrong with the arguments; that of an action speaks for the action."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401  argparse's own
        """Leave word among the options of whose they are."""
        super().__init__(**kwargs)
        self.set_defaults(parser=self)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:  # noqa: ANN401  argparse's own
        """Parse; what nobody knows is told by the parser of the action that was given."""
        options, unknown = self.parse_known_args(args, namespace)
        if unknown:
            options.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options

    def error(self, message: str) -> NoReturn:
        """End the process with exit code 2; raise CommandError where another program calls the command."""
        what = " ".join(message.split()).rstrip(".")
        line = f"{self.prog.strip()}: error: {what}. See {self.prog.strip()} --help."
        if self.called_from_command_line:
            self.exit(BAD_ARGUMENTS, f"{line}\n")
        raise CommandError(line, returncode=BAD_ARGUMENTS)


class OperatorCommand(BaseCommand):
    """A command of ours: run in the name of the operator who gives it, so that the audit has what it does as theirs.

    Raise `BadArguments` for arguments that do not go together. What else ends the command well is a `Trouble`, a store
    that is away, or a CommandError: each one sentence, and exit code 1.
    """

    requires_system_checks: list[str] | Literal["__all__"] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:  # noqa: ANN401  Django's own
        """Make a parser that has Django's own options, which its help does not list, and those of the command."""
        shared = BaseCommand()
        shared.requires_system_checks = self.requires_system_checks
        shared.suppressed_base_arguments = _OF_DJANGO
        parent = shared.create_parser(prog_name, subcommand, add_help=False)
        from_command_line = getattr(self, "_called_from_command_line", False)
        told = {"prog": parent.prog, "description": self.help, "formatter_class": parent.formatter_class}
        parser = Parser(parents=[parent], called_from_command_line=from_command_line, **told, **kwargs)
        self.add_arguments(parser)
        return parser

    def execute(self, *args: Any, parser: Parser, **options: Any) -> str | None:  # noqa: ANN401  Django's own
        """Run the command in its operator's name."""
        from_command_line = getattr(self, "_called_from_command_line", False)
        ending: AbstractContextManager[None] = _ended_by_sigterm() if from_command_line else nullcontext()
        with ending, _as_command_errors(), context.operating(operator(), reason=options.get("reason") or ""):
            try:
                return super().execute(*args, **options)
            except BadArguments as bad:
                parser.error(str(bad))


def take_reason(parser: ArgumentParser, *, required: bool = False) -> None:
    """Let the command be given `--reason`, which stands in every record of the audit that it makes."""
    parser.add_argument("--reason", type=_reason, required=required, metavar="WHY", help=_REASON_HELP)


def _reason(text: str) -> str:
    if not text.strip() or len(text) > REASON_MAX or not text.isprintable():
        raise ArgumentTypeError(f"give one line of at most {REASON_MAX} characters, such as 'asked for in case 4711'")
    return text.strip()


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Have SIGTERM end the block as SIGINT does, by an exception, so that what it has under way is cleared away."""

    def end(*_: object) -> NoReturn:
        sys.exit(_ENDED)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _as_command_errors() -> Iterator[None]:
    """Turn what the block raises of ours, or of a store that is away, into a CommandError; a fault stays a fault."""
    try:
        yield
    except Exception as error:
        trouble = error if isinstance(error, Trouble) else mongo.trouble_of(error)
        if trouble is None:
            raise
        raise CommandError(trouble.detail) from error


def as_json(data: object) -> str:
    """Write what a command has found for programs: a moment as the API does (RFC 3339), an id as its text."""
    return json.dumps(data, default=_plain)


def _plain(value: object) -> str:
    return value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else str(value)


def operator() -> str:
    """Name who gives the command, for the log: the account of the system."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's account that has no name
        return f"uid {os.getuid()}"
