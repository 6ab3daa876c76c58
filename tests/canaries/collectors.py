"""Where a process tells about itself. Each collector keeps what is told in its block; `COLLECTORS` are all of them."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from bson.json_util import dumps
from django.conf import settings
from opentelemetry.sdk.resources import Resource
from pymongo import MongoClient
from pymongo.uri_parser import parse_uri

from novapulse.data import registry
from novapulse.data.slow_queries import SlowQueries
from novapulse.log import JsonFormatter
from novapulse.log.console import ConsoleFormatter
from novapulse.resilience import account
from novapulse.telemetry import calls, neighbours, notes, spans, traces
from novapulse.telemetry.sampling import Sampler
from novapulse.telemetry.traces import Tracing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from novapulse.telemetry.ring import Item

    Told = Callable[[], list[str]]
    Collector = Callable[[], AbstractContextManager[Told]]


class _Lines(logging.Handler):
    """Keeps each line as the files have it, and those of ours as the console has them."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._file, self._console = JsonFormatter(), ConsoleFormatter(colours=False)

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self._file.format(record))
        if hasattr(record, "fields") or record.exc_info:
            self.texts.append(self._console.format(record))


@contextmanager
def lines() -> Iterator[Told]:
    """Keep all lines of all loggers at DEBUG, ours and others', with every query and every plan."""
    kept, root = _Lines(), logging.getLogger()
    loggers = [root, *(each for each in root.manager.loggerDict.values() if isinstance(each, logging.Logger))]
    before = [(each, each.level, each.handlers) for each in loggers]
    for each in loggers:
        each.setLevel(logging.DEBUG)
        each.handlers = [kept] if each is root or not each.propagate else []  # the others would write it all as well
    try:
        with every_query_is_slow():
            yield lambda: kept.texts
    finally:
        for each, level, handlers in before:
            each.setLevel(level)
            each.handlers = handlers


@contextmanager
def every_query_is_slow() -> Iterator[None]:
    """Have each command of MongoDB logged as a slow one, in its request and from the thread that asks for plans."""
    of_all, options = account._Telling.of_all, registry.provider("mongodb").options  # type: ignore[attr-defined]  # ours
    (slow,) = (each for each in options.listeners if isinstance(each, SlowQueries))
    micros, slow._slow_micros = slow._slow_micros, 0
    account._Telling.of_all = True
    try:
        yield
        slow.room.drain(seconds=10)
    finally:
        slow._slow_micros, account._Telling.of_all = micros, of_all


class _Kept:
    """In place of a shipper."""

    def __init__(self) -> None:
        self.items: list[Item] = []

    def put(self, item: Item) -> None:
        self.items.append(item)


@contextmanager
def all_spans() -> Iterator[Told]:
    """Keep the spans of every request and task."""
    kept: Any = _Kept()
    before = traces._tracing
    traces.use(Tracing(Sampler(1), kept))
    calls.listen(notes.take)  # so that each has its calls
    try:
        yield lambda: [_as_text(item.content) for item in kept.items]
    finally:
        traces.use(before)
        calls.unlisten(notes.take)


def _as_text(story: Any) -> str:
    return "\n".join(span.to_json() for span in spans.spans_of(story, resource=Resource({})))


@contextmanager
def metrics() -> Iterator[Told]:
    """Give what Prometheus reads."""
    yield lambda: [neighbours.text()]


@contextmanager
def audit() -> Iterator[Told]:
    """Give all records that are in MongoDB, sealed or not."""
    with MongoClient[dict[str, Any]](settings.MONGO_URI) as client:
        stored = client[str(parse_uri(settings.MONGO_URI)["database"])]
        yield lambda: [dumps(record) for name in ("audit_pending", "audit_events") for record in stored[name].find()]


COLLECTORS: Final[dict[str, Collector]] = {"logs": lines, "spans": all_spans, "metrics": metrics, "audit": audit}
