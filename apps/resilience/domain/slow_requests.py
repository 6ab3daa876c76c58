"""The one line that a slow request leaves in the log: where its time went."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from novapulse import log

if TYPE_CHECKING:
    from novapulse.resilience.account import Account

_logger = logging.getLogger("novapulse.http")

_MILLISECONDS: Final = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, by whom, and how it was answered; `route` is the pattern, None where no route fits."""

    method: str
    route: str | None
    status: int
    company_id: str | None


def report(asked: Asked, *, total_seconds: float, spent: Account) -> None:
    """Log `http.slow_request`: milliseconds in all and by store, counts of commands; null is what nobody knows.

    `total_ms` begins with our first middleware. What is in no store's time is Python, and waiting for the interpreter,
    a connection or a server of the database.
    """
    log.event(
        _logger,
        "http.slow_request",
        level=logging.WARNING,
        method=asked.method,
        route=asked.route,
        status=asked.status,
        company_id=asked.company_id,
        total_ms=_ms(total_seconds),
        database_ms=_ms(spent.database_seconds),
        database_commands=spent.database_commands,
        redis_ms=_ms(spent.redis_seconds),
        redis_commands=spent.redis_commands,
        external_ms=_ms(spent.external_seconds),
        queue_ms=None,
    )


def _ms(seconds: float) -> float:
    return round(seconds * _MILLISECONDS, 1)
