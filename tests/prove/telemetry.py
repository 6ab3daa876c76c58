"""Where logs and traces go is refused or swallowed while a process tells a thousand things a second.

Telling costs no more than before, memory keeps its bound, what is dropped is counted and told, errors last of all, and
what waited arrives afterwards: nothing is missing, or there twice, beyond what was counted.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3

from novapulse.local.aws import AWS, CREDENTIALS, REGION
from tests.collector import collecting
from tests.faults.proxy import Proxy, proxied
from tests.prove.chatter import level_of
from tests.prove.proof import Claim, Proof, unless_busy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.prove.proof import Row
    from tests.prove.world import World

ADDED_US, LATEST_MS, GROWN_MB = 1_000, 250, 50
_AFTER_SECONDS = 10
_ROOT = Path(__file__).resolve().parents[2]


def logs(fault: Callable[[Proxy], None], name: str, world: World) -> Iterator[Row]:
    """Send logs to CloudWatch, and let the fault happen."""

    def once() -> Iterator[Row]:
        group = f"prove-{uuid4().hex}"
        with proxied(_port(world.urls[AWS.variable])) as proxy:
            figures = _through(proxy, fault, seconds=world.size.telemetry_seconds, arguments=("logs", group))
        lines = _lines(world.urls[AWS.variable], group)
        numbers = [line.get("duration_ms", 0) for line in lines if line["event"] in {"http.request", "telemetry.away"}]
        figures["told"]["warning"] += 1  # `telemetry.away` is a line like others, and counts as number 0
        yield from _rows(f"CloudWatch {name}", figures, numbers)
        told = [line for line in lines if line["event"] == "telemetry.recovered"]
        dropped = sum((Counter(line["dropped"]) for line in told), Counter())
        claim = Claim(f"CloudWatch {name}: told afterwards", "one line per outage", "1 line, with what was dropped")
        held = len(told) == 1 and dropped == Counter(figures["dropped"])
        yield claim.row(f"{len(told)} line: {told[0]['dropped'] if told else ''}", count=len(lines), held=held)

    return unless_busy(once)


def spans(fault: Callable[[Proxy], None], name: str, world: World) -> Iterator[Row]:
    """Send traces to a collector, and let the fault happen."""

    def once() -> Iterator[Row]:
        with collecting() as collector, proxied(_port(collector.url)) as proxy:
            figures = _through(proxy, fault, seconds=world.size.telemetry_seconds, arguments=("traces", "prove"))
            numbers = [int(span.attributes["number"]) for span in collector.spans]
        yield from _rows(f"OTLP {name}", figures, numbers)

    return unless_busy(once)


def _through(
    proxy: Proxy, fault: Callable[[Proxy], None], *, seconds: float, arguments: tuple[str, str]
) -> dict[str, Any]:
    """Let a process talk through fair weather, the fault, and some seconds after it; give its figures."""
    kind, name = arguments
    with _talking(kind, f"http://127.0.0.1:{proxy.port}", name) as talking:
        assert talking.stdin is not None
        assert talking.stdout is not None
        assert talking.stdout.readline() == "begun\n", "it has ended"
        fault(proxy)
        time.sleep(seconds)
        proxy.passes()
        time.sleep(_AFTER_SECONDS)
        talking.stdin.write("over\n")
        talking.stdin.flush()
        figures: dict[str, Any] = json.loads(talking.stdout.readline())
        talking.wait(timeout=60)  # its last line is sent when it ends
    return figures


@contextmanager
def _talking(kind: str, url: str, name: str) -> Iterator[subprocess.Popen[str]]:
    argv = [sys.executable, "-m", "tests.prove.chatter", kind, url, name]
    with subprocess.Popen(  # noqa: S603  our own program
        argv, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def _lines(url: str, group: str) -> list[dict[str, Any]]:
    aws = boto3.session.Session().client(
        "logs",
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )
    pages = aws.get_paginator("filter_log_events").paginate(logGroupName=group)
    return [json.loads(event["message"]) for page in pages for event in page["events"]]


def _rows(name: str, figures: dict[str, Any], numbers: list[int]) -> Iterator[Row]:
    told, dropped = (sum(figures[each].values()) for each in ("told", "dropped"))
    yield _cost(name, figures, count=told)
    claim = Claim(f"{name}: memory", "bounded ring", f"+ <= {GROWN_MB} MB")
    yield claim.row(f"+ {figures['grown_mb']:.1f} MB", count=told, held=figures["grown_mb"] <= GROWN_MB)
    yield _accounted(name, figures, numbers)
    claim = Claim(f"{name}: dropped, errors last", "the oldest of the lowest level goes first", "some, no error")
    held = dropped > 0 and not figures["dropped"].get("error") and _has_all_errors(figures, numbers)
    yield claim.row(f"{figures['dropped']} of {figures['told']}", count=told, held=held)


def _cost(name: str, figures: dict[str, Any], *, count: int) -> Row:
    added_us = figures["p99_us"] - figures["nowhere_p99_us"]
    bound = f"p99 + <= {ADDED_US} us, none + > {LATEST_MS} ms"
    claim = Claim(f"{name}: time to tell", "nobody waits for the thread that sends", bound, is_of_time=True)
    figure = (
        f"p99 {figures['nowhere_p99_us']:.0f} -> {figures['p99_us']:.0f} us, "
        f"longest {figures['nowhere_max_ms']:.1f} -> {figures['max_ms']:.1f} ms"
    )
    held = added_us <= ADDED_US and figures["max_ms"] <= figures["nowhere_max_ms"] + LATEST_MS
    return claim.row(figure, count=count, held=held)


def _accounted(name: str, figures: dict[str, Any], numbers: list[int]) -> Row:
    """Compare what came with what was told; what is in doubt may be there twice, or be there and count as dropped."""
    told, dropped = (sum(figures[each].values()) for each in ("told", "dropped"))
    twice, missing = len(numbers) - len(set(numbers)), told - len(set(numbers))
    in_doubt = figures["in_doubt"]
    held = dropped - in_doubt <= missing <= dropped and twice <= in_doubt and figures["is_sent"]
    claim = Claim(f"{name}: the rest arrives", "what fails waits again", "missing = dropped, twice <= in doubt")
    figure = f"{missing} missing, {dropped} dropped; {twice} twice, {in_doubt} in doubt"
    return claim.row(figure, count=told, held=held)


def _has_all_errors(figures: dict[str, Any], numbers: list[int]) -> bool:
    came = {number for number in numbers if level_of(number) == logging.ERROR}
    return len(came) == figures["told"]["error"]


PROOFS = tuple(
    Proof(f"telemetry-outage-{place}-{name}", partial(run, fault, name), in_short=False)
    for place, run in (("cloudwatch", logs), ("otlp", spans))
    for name, fault in (("refused", Proxy.refuses), ("swallowed", Proxy.swallows))
)
