"""The whole story of one request, out of the lines that bear its id: the request itself, and the tasks it caused."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from apps.observability.domain import log_files
from apps.observability.errors import Ambiguous, NothingLogged
from novapulse.context import NO_REQUEST

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from apps.observability.domain.log_files import Line

_NAMES: Final = ("request_id", "trace_id", "id")  # of a request, of its trace, of a task
_LEAST_OF_AN_ID: Final = 8  # what the console shows of it
_REQUEST: Final = "http.request"
_TASK: Final = "task."
_TASK_ENDED: Final = "task.finished"


class Kind(StrEnum):
    """What a part of the story is."""

    REQUEST = "request"
    TASK = "task"
    OTHER = "other"


@dataclass(slots=True)
class Part:
    """One request, or one attempt at a task, with its lines in their order; `summary` is the line of its end."""

    kind: Kind
    lines: list[Line] = field(default_factory=list)

    @property
    def summary(self) -> Line:
        """Give the line that tells how it ended, empty where none does."""
        ends = (_REQUEST, _TASK_ENDED)
        return next((line for line in reversed(self.lines) if line["event"] in ends), {})

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Give its calls to stores, as far as they were logged."""
        return list(self.summary.get("calls", ()))

    @property
    def has_failed(self) -> bool:
        """Tell whether something in it is an error."""
        return any(line["level"] in {"error", "critical"} for line in self.lines)


@dataclass(frozen=True, slots=True)
class Story:
    """All parts, in the order in which they began; `request_id` is `-` where no request began it."""

    request_id: str
    parts: tuple[Part, ...]

    @property
    def lines(self) -> list[Line]:
        """Give all lines in their order."""
        return sorted((line for part in self.parts for line in part.lines), key=itemgetter("time"))


def told(name: str, *, folder: Path) -> Story:
    """Tell the story of a request by its id, the beginning of it, its trace's id or the id of a task it caused.

    A task that no request caused, such as one of the schedule, is told by its trace, or with all attempts by its id.
    Raises NothingLogged where no line knows it, Ambiguous where several requests begin like this.
    """
    named = [line for line in log_files.lines_with(name, folder=folder) if _is_named(line, name)]
    if not named:
        raise NothingLogged(f"No line in {folder} tells of a request {name}.")
    request_id = _request_id({line["request_id"] for line in named} - {NO_REQUEST}, name=name)
    if request_id != NO_REQUEST:
        lines = _lines("request_id", request_id, folder=folder)
    else:
        traces = sorted({line["trace_id"] for line in named})
        lines = [line for each in traces for line in _lines("trace_id", each, folder=folder)]
    return Story(request_id, tuple(_parts(sorted(lines, key=itemgetter("time")))))


def _request_id(known: set[str], *, name: str) -> str:
    if name in known:
        return name
    if len(known) > 1:
        some = ", ".join(sorted(known)[:3])
        raise Ambiguous(f"{len(known)} requests are meant by {name}, such as {some}; give more of the id.")
    return known.pop() if known else NO_REQUEST


def _lines(field: str, value: str, *, folder: Path) -> list[Line]:
    return [line for line in log_files.lines_with(value, folder=folder) if line.get(field) == value]


def _is_named(line: Line, name: str) -> bool:
    request_id = line.get("request_id", NO_REQUEST)
    if name == NO_REQUEST or (request_id == NO_REQUEST and "trace_id" not in line):
        return False
    if any(line.get(each) == name for each in _NAMES):
        return "request_id" in line
    return len(name) >= _LEAST_OF_AN_ID and str(request_id).startswith(name)


def _parts(lines: Iterable[Line]) -> list[Part]:
    """Group the lines of one request by the part of its trace that they belong to."""
    groups: dict[str, Part] = {}
    for line in lines:
        groups.setdefault(str(line.get("span_id", "")), Part(Kind.OTHER)).lines.append(line)
    for part in groups.values():
        part.kind = _kind(part)
    return list(groups.values())


def _kind(part: Part) -> Kind:
    events = [str(line["event"]) for line in part.lines]
    if _REQUEST in events:
        return Kind.REQUEST
    return Kind.TASK if any(event.startswith(_TASK) for event in events) else Kind.OTHER
