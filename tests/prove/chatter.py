"""A process that tells a thousand things a second, by a log or by traces, and measures what telling costs it.

Run as `python -m tests.prove.chatter logs|traces URL NAME`: it says `begun` after ten seconds of fair weather, goes on
until a line comes on its standard input, sends what waits, and writes its figures as JSON.
"""

from __future__ import annotations

import gc
import json
import logging
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import psutil
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import SpanKind

from novapulse import clock, context, log
from novapulse.telemetry import traces
from novapulse.telemetry.cloudwatch import CloudWatchHandler
from novapulse.telemetry.log_stream import CloudWatchOptions
from novapulse.telemetry.otlp import OtlpDestination, OtlpOptions
from novapulse.telemetry.sampling import Sampler
from novapulse.telemetry.shipping import Shipper, by_name
from novapulse.telemetry.story import Story
from novapulse.telemetry.traces import Tracing

if TYPE_CHECKING:
    from collections.abc import Callable

PER_SECOND = 1_000
FAIR_SECONDS = 10
ERROR_EVERY, WARNING_EVERY = 100, 10
FLUSH_SECONDS = 60.0
_ROUND = 10  # things told at a time, a hundred times a second
_REGION = "eu-central-1"


@dataclass(slots=True)
class Told:
    """What was told, and what it took: seconds of each telling that is shipped, and of one that goes nowhere."""

    by_level: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    nowhere_seconds: list[float] = field(default_factory=list)
    rss: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Figures:
    """What the parent reads."""

    told: dict[str, int]
    dropped: dict[str, int]
    in_doubt: int
    p99_us: float
    max_ms: float
    nowhere_p99_us: float
    nowhere_max_ms: float
    grown_mb: float
    cpu_seconds: float
    is_sent: bool


def level_of(number: int) -> int:
    if number % ERROR_EVERY == 0:
        return logging.ERROR
    return logging.WARNING if number % WARNING_EVERY == 0 else logging.INFO


def _logs(url: str, group: str) -> tuple[Shipper, Callable[[int], None], Callable[[int], None]]:
    credentials = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    options = CloudWatchOptions(region=_REGION, endpoint_url=url, credentials=credentials)
    handler = CloudWatchHandler(group, options=lambda: options)
    handler.setFormatter(log.JsonFormatter())
    logging.getLogger().addHandler(handler)
    nowhere = logging.NullHandler()
    nowhere.handle = lambda record: bool(log.JsonFormatter().format(record))  # type: ignore[method-assign]  # formats, and that is all
    quiet = logging.getLogger("nowhere")
    quiet.propagate = False
    quiet.addHandler(nowhere)
    for logger in (logging.getLogger(), quiet):
        logger.setLevel(logging.INFO)

    def say(logger: logging.Logger, number: int) -> None:
        fields = {"method": "GET", "status": 200, "duration_ms": number, "outcome": "x" * 100}
        log.event(logger, "http.request", level=level_of(number), **fields)

    return handler.shipper, lambda number: say(logging.getLogger("chatter"), number), lambda number: say(quiet, number)


def _traces(url: str, name: str) -> tuple[Shipper, Callable[[int], None], Callable[[int], None]]:
    options = OtlpOptions(url, Resource.create({"service.name": name}), {})
    shipper = Shipper("otlp", OtlpDestination(options), bounds=traces.BOUNDS, limits=traces.LIMITS)
    traces.use(Tracing(Sampler(1.0), shipper))

    def story(number: int) -> Story:
        trail = context.begin_request(f"request-{number}")
        error = "failed" if level_of(number) == logging.ERROR else ""
        now = clock.monotonic()
        attributes: dict[str, str | int] = {"number": number}
        return Story(
            kind=SpanKind.SERVER,
            name="GET",
            trail=trail,
            began_at=now,
            ended_at=now,
            error=error,
            attributes=attributes,
        )

    return shipper, lambda number: traces.keep(story(number)), lambda number: bool(story(number)) or None


def main() -> None:
    """Talk, measure, tell."""
    kind, url, name = sys.argv[1:]
    shipper, tell, tell_nowhere = (_logs if kind == "logs" else _traces)(url, name)
    is_over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), is_over.set()), daemon=True).start()
    gc.collect()
    gc.freeze()
    told = _talk(tell, tell_nowhere, is_over)
    is_sent = shipper.flush(seconds=FLUSH_SECONDS)
    figures = shipper.figures()
    half = FAIR_SECONDS // 2  # of the fair weather: what is loaded and made at first is no growth
    measured = Figures(
        told=by_name(told.by_level),
        dropped=by_name(figures.dropped),
        in_doubt=figures.in_doubt,
        p99_us=_late(told.seconds, 0.99) * 1e6,
        max_ms=max(told.seconds) * 1e3,
        nowhere_p99_us=_late(told.nowhere_seconds, 0.99) * 1e6,
        nowhere_max_ms=max(told.nowhere_seconds) * 1e3,
        grown_mb=(max(told.rss) - told.rss[half]) / 1e6,
        cpu_seconds=time.process_time(),
        is_sent=is_sent,
    )
    print(json.dumps(asdict(measured)), flush=True)  # noqa: T201  the parent reads it


def _talk(tell: Callable[[int], None], tell_nowhere: Callable[[int], None], is_over: threading.Event) -> Told:
    """Tell so many things a second, in turn to where it is shipped and to nowhere, until it is over."""
    told, number, process = Told(), 0, psutil.Process()
    begun = clock.monotonic()
    while not is_over.is_set():
        for _ in range(_ROUND):
            number += 1
            told.by_level[level_of(number)] += 1
            both = [(tell, told.seconds), (tell_nowhere, told.nowhere_seconds)]
            for each, seconds in both if number // _ROUND % 2 else reversed(both):  # the first after a pause is slower
                seconds.append(_seconds_of(each, number))
        if number % PER_SECOND == 0:
            told.rss.append(process.memory_info().rss - _own_bytes(told))
        if number == PER_SECOND * FAIR_SECONDS:
            print("begun", flush=True)  # noqa: T201  the parent waits for it
        time.sleep(max(0.0, begun + number / PER_SECOND - clock.monotonic()))
    return told


def _seconds_of(tell: Callable[[int], None], number: int) -> float:
    begun = time.perf_counter()
    tell(number)
    return time.perf_counter() - begun


def _own_bytes(told: Told) -> int:
    """Tell how much of the memory is this measurement's own: two lists of floats."""
    return 2 * len(told.seconds) * (sys.getsizeof(1.0) + 8)


def _late(seconds: list[float], share: float) -> float:
    return sorted(seconds)[int(len(seconds) * share)]


if __name__ == "__main__":
    main()
