"""What the commands of operators share: troubles as they read them, and who gives the command."""

from __future__ import annotations

import getpass
import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.management.base import CommandError

from novapulse import context, log
from novapulse.data import mongo
from novapulse.errors import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.management.base import CommandParser

_logger = logging.getLogger(__name__)


@contextmanager
def as_command_errors() -> Iterator[None]:
    """Turn what the block raises of ours, or of a store that is away, into a CommandError; a fault stays a fault.

    Operators read one sentence then, and the exit code is 1. What the block does is theirs: so the audit has it.
    """
    try:
        with context.operating(operator()):
            yield
    except Exception as error:
        trouble = error if isinstance(error, Trouble) else mongo.trouble_of(error)
        if trouble is None:
            raise
        raise CommandError(trouble.detail) from error


def operator() -> str:
    """Name who gives the command, for the log: the account of the system."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's account that has no name
        return f"uid {os.getuid()}"


def take_reason(parser: CommandParser) -> None:
    """Have a command ask why: whatever changes something does."""
    parser.add_argument(
        "--reason",
        required=True,
        metavar="WORDS",
        help="Why, in words that others will understand: it goes to the log.",
    )


def tell_reason(act: str, *, subject: object, reason: str) -> None:
    """Write down why something was done, and by whom: in the log alone, since the audit tells no free text (ADR 0019).

    act: the command and its action. subject: the id of what it was done to.
    """
    log.event(_logger, "command.acted", act=act, by=operator(), subject=str(subject), reason=reason)
