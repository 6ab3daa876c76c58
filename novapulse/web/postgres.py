"""What errors of Django's own database, PostgreSQL, mean for a client."""

from __future__ import annotations

from typing import Final

from django.db import InterfaceError, OperationalError

from novapulse.errors import TimedOut, Trouble, Unavailable
from novapulse.resilience import account
from novapulse.resilience.breaker import CircuitOpen
from novapulse.web.postgresql.base import NotThere

_INTERVENED: Final = "57"  # the class of SQLSTATEs of a server that stops, or was told to stop a statement


def trouble_of(error: BaseException) -> Trouble | None:
    """Put django.db's exception into our words, or give None where it tells of a mistake of ours.

    Unavailable: nothing was asked, so that a retry is safe. TimedOut: the answer was lost or late, and so is the
    knowledge of what was done.
    """
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    cause = error.__cause__
    if isinstance(cause, NotThere):
        trouble = Unavailable("The database does not answer; nothing was changed, so a retry is safe.")
        if isinstance(cause.__cause__, CircuitOpen):
            trouble.retry_after_seconds = cause.__cause__.retry_after_seconds
        return trouble
    answer = getattr(cause, "sqlstate", None)
    if answer and not answer.startswith(_INTERVENED):
        return None
    spent = account.current()
    if spent is not None:
        spent.has_committed = True  # for all that we know
    return TimedOut("The database did not answer in time.", phase="database")
