"""What companies have asked for, out of the access log of this machine: every request that the gate decided about."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from apps.observability.domain import log_files
from novapulse import context

if TYPE_CHECKING:
    from pathlib import Path

    from apps.observability.domain.log_files import Line

_REQUEST: Final = "http.request"
# What the gate has said of it: whoever had no good credential used no quota.
_LET_IN: Final = ("let_in", "denied_", context.SHADOWED)
_MICROSECONDS: Final = 1_000_000
_MICROSECONDS_OF_MS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Request:
    """A request: when it came and when it was answered, in microseconds since 1970; who asked; its units of the quota.

    What was refused then was answered at once: how long it would have taken, nobody knows.
    """

    at: int
    until: int
    who: str
    units: int


def by_company(*, folder: Path, of: str | None) -> dict[str, list[Request]]:
    """Give the requests of each company by its id, or of one alone, in the order in which they came."""
    found: dict[str, list[Request]] = defaultdict(list)
    for line in log_files.lines_with(_REQUEST, folder=folder):
        if _is_counted(line) and of in {None, line["company_id"]}:
            found[line["company_id"]].append(_request(line))
    for requests in found.values():
        requests.sort(key=attrgetter("at"))
    return dict(found)


def _is_counted(line: Line) -> bool:
    return line["event"] == _REQUEST and "units" in line and str(line.get("gate", "")).startswith(_LET_IN)


def _request(line: Line) -> Request:
    until = round(datetime.fromisoformat(line["time"]).timestamp() * _MICROSECONDS)
    return Request(until - round(line["duration_ms"] * _MICROSECONDS_OF_MS), until, line["user_id"], line["units"])
