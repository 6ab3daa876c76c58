"""Troubles as operators read them: one sentence, and exit code 1."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.management.base import CommandError

from novapulse.data import mongo
from novapulse.errors import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def as_command_errors() -> Iterator[None]:
    """Turn what the block raises of ours, or of a store that is away, into a CommandError; a fault stays a fault."""
    try:
        yield
    except Exception as error:
        trouble = error if isinstance(error, Trouble) else mongo.trouble_of(error)
        if trouble is None:
            raise
        raise CommandError(trouble.detail) from error
