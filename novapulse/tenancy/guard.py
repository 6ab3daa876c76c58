"""The second look: a listener that reads every command and counts those that do not name their company.

It shares no code with the classes that add the scope, so that one mistake does not hide in both. A listener cannot stop
a command and its exceptions are swallowed by PyMongo; hence it counts, and a test that leaves a violation behind fails.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pymongo import monitoring

from novapulse.log import event as log_event
from novapulse.tenancy.scope import COMPANY_FIELD, LOCATION_FIELD, Scope, active, goes_across

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Mapping[str, Any]

log = logging.getLogger(__name__)

_KEPT: Final = 100  # a process that leaks must not also run out of memory

# Commands of connections, sessions and cursors: they carry no filter. A cursor was checked when it was opened.
_WITHOUT_DATA: Final = frozenset(
    {
        "abortTransaction",
        "authenticate",
        "buildInfo",
        "buildinfo",
        "commitTransaction",
        "connectionStatus",
        "endSessions",
        "getMore",
        "hello",
        "isMaster",
        "ismaster",
        "killCursors",
        "listIndexes",
        "ping",
        "replSetGetStatus",
        "saslContinue",
        "saslStart",
        "serverStatus",
    },
)


@dataclass(frozen=True, slots=True)
class Violation:
    """A command that did not name its company: its name, the collection, and what was wrong."""

    command: str
    collection: str
    reason: str


_latest: deque[Violation] = deque(maxlen=_KEPT)
_lock = threading.Lock()


class _Count:
    """How many there were, kept or not."""

    total = 0


def violations() -> int:
    """Return how many violations there were in this process since the last `reset`, in all threads."""
    return _Count.total


def latest() -> tuple[Violation, ...]:
    """Return the violations themselves, at most the hundred latest."""
    with _lock:
        return tuple(_latest)


def reset() -> None:
    """Forget the violations."""
    with _lock:
        _Count.total = 0
        _latest.clear()


class TenancyGuard(monitoring.CommandListener):
    """Listens to a client's commands; give it to the client as one of its `event_listeners`.

    platform_collections: the names that are no tenant's, the same as the client's.
    """

    def __init__(self, platform_collections: frozenset[str]) -> None:
        """Take the names of the platform's collections."""
        self._platform = platform_collections

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Look at a command; PyMongo calls this in the thread, and so in the scope, that sends it."""
        if event.command_name in _WITHOUT_DATA or goes_across():
            return
        command, name = event.command, event.command_name
        if name == "explain":
            command = command["explain"]
            name = next(iter(command))
        reason = self._fault(command, name=name, scope=active())
        if reason is not None:
            _report(Violation(command=name, collection=f"{event.database_name}.{command.get(name)}", reason=reason))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to look at."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to look at."""

    def _fault(self, command: Command, *, name: str, scope: Scope | None) -> str | None:
        target = command.get(name)
        if name == "aggregate":
            return self._fault_of_pipeline(command["pipeline"], target=target, scope=scope)
        if name == "bulkWrite":
            return self._fault_of_bulk(command, scope=scope)
        if target in self._platform:
            return None
        parts = _PARTS.get(name)
        if parts is None:
            return "no command for a company"
        return _fault_of(parts(command), scope=scope)

    def _fault_of_pipeline(self, pipeline: Iterable[Any], *, target: object, scope: Scope | None) -> str | None:
        stages = list(pipeline)
        if target not in self._platform:
            fault = _fault_of([_head(stages)], scope=scope)
            if fault is not None:
                return fault
        for stage in stages:
            fault = self._fault_of_stage(stage, scope=scope)
            if fault is not None:
                return fault
        return None

    def _fault_of_stage(self, stage: Mapping[str, Any], *, scope: Scope | None) -> str | None:
        for name, body in stage.items():
            if name in {"$out", "$merge"}:
                return f"{name} writes into a collection"
            if name == "$graphLookup" and body["from"] not in self._platform:
                return _fault_of([body.get("restrictSearchWithMatch")], scope=scope)
            if name in {"$lookup", "$unionWith"}:
                joined = body if isinstance(body, Mapping) else {"coll": body}
                target = joined.get("from", joined.get("coll"))
                return self._fault_of_pipeline(joined.get("pipeline", ()), target=target, scope=scope)
            if name == "$facet":
                faults = (self._fault_of_stage(inner, scope=scope) for stages in body.values() for inner in stages)
                return next((fault for fault in faults if fault is not None), None)
        return None

    def _fault_of_bulk(self, command: Command, *, scope: Scope | None) -> str | None:
        names = [info["ns"].partition(".")[2] for info in command["nsInfo"]]
        for operation in command["ops"]:
            index = next(iter(operation.values()))
            if names[index] not in self._platform:
                fault = _fault_of([operation.get("document", operation.get("filter"))], scope=scope)
                if fault is not None:
                    return fault
        return None


def _report(violation: Violation) -> None:
    with _lock:
        _Count.total += 1
        _latest.append(violation)
    log_event(
        log,
        "tenancy.violation",
        level=logging.ERROR,
        command=violation.command,
        collection=violation.collection,
        reason=violation.reason,
    )


def _fault_of(parts: Iterable[object], *, scope: Scope | None) -> str | None:
    if scope is None:
        return "no company is bound"
    for part in parts:
        if not isinstance(part, Mapping):
            return "no filter"
        if part.get(COMPANY_FIELD) != scope.company_id or part.get(LOCATION_FIELD) != scope.location:
            return "it does not name the bound company and location"
    return None


def _head(stages: list[Any]) -> object:
    if not stages:
        return None
    first = stages[0]
    return first.get("$match") if "$match" in first else first.get("$geoNear", {}).get("query")


def _written(updates: Iterable[Mapping[str, Any]]) -> Iterable[object]:
    """Give the filters, and the replacements: documents without operators."""
    for update in updates:
        yield update["q"]
        if _replaces(update["u"]):
            yield update["u"]


def _modified(command: Command) -> Iterable[object]:
    yield command.get("query")
    if _replaces(command.get("update")):
        yield command["update"]


def _replaces(update: object) -> bool:
    return isinstance(update, Mapping) and not any(key.startswith("$") for key in update)


_PARTS: Final[dict[str, Callable[[Command], Iterable[object]]]] = {
    "count": lambda command: [command.get("query")],
    "delete": lambda command: [delete["q"] for delete in command["deletes"]],
    "distinct": lambda command: [command.get("query")],
    "find": lambda command: [command.get("filter")],
    "findAndModify": _modified,
    "insert": lambda command: command["documents"],
    "update": lambda command: _written(command["updates"]),
}
