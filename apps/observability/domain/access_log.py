"""The one line that every request leaves in the log: what was asked, how it ended, and where its time went."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from novapulse import log
from novapulse.resilience import account

if TYPE_CHECKING:
    from apps.observability.domain.finished import Finished

_logger = logging.getLogger("novapulse.http")

_MILLISECONDS: Final = 1000


def note(finished: Finished) -> None:
    """Log `http.request`, in the request's own context; of health and metrics only what is no success.

    `duration_ms` begins with our first middleware, and `database_ms`, `redis_ms` and `external_ms` are parts of it; the
    rest is Python, and waiting for the interpreter or a connection. `calls` names the first fifty calls to stores of
    a request that was slow or failed, of every one where LOG_QUERIES is on. `units` is what it cost of its company's
    quota, or would have. Requests that were refused at the door are not here: `resilience.overloaded` counts them.
    """
    status, spent, trail = finished.status, finished.spent, finished.trail
    if status < HTTPStatus.MULTIPLE_CHOICES and finished.is_probe:
        return
    told: dict[str, Any] = {
        "method": finished.method,
        "status": status,
        "outcome": _outcome(status),
        "duration_ms": _ms(finished.seconds),
        "database_ms": _ms(spent.database_seconds),
        "database_commands": spent.database_commands,
        "redis_ms": _ms(spent.redis_seconds),
        "redis_commands": spent.redis_commands,
        "external_ms": _ms(spent.external_seconds),
    }
    if _is_noteworthy(finished) or account.are_all_told_of():
        told["calls"] = account.told(spent.calls)
    if trail.gate:
        told["gate"] = trail.gate
    if trail.units:
        told["units"] = trail.units
    if trail.problem:
        told["problem"] = trail.problem
    log.event(_logger, "http.request", **told)


def _is_noteworthy(finished: Finished) -> bool:
    return finished.status >= HTTPStatus.INTERNAL_SERVER_ERROR or finished.seconds >= finished.spent.slow_seconds


def _outcome(status: int) -> str:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "failed"
    return "refused" if status >= HTTPStatus.BAD_REQUEST else "done"


def _ms(seconds: float) -> float:
    return round(seconds * _MILLISECONDS, 1)
