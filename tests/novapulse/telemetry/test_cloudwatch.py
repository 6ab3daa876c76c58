from __future__ import annotations

import json
import logging
import logging.config
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
import watchtower
from django.conf import settings

from novapulse.telemetry import shipping
from novapulse.telemetry.cloudwatch import CloudWatchHandler
from novapulse.telemetry.log_stream import CloudWatchOptions
from novapulse.telemetry.ring import Bounds, Limits
from tests import faults
from tests.faults.proxy import proxied

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 256 * 1024


def options(endpoint_url: str, *, answer_ms: int) -> CloudWatchOptions:
    return CloudWatchOptions(
        region=settings.AWS_REGION,
        endpoint_url=endpoint_url or settings.AWS_ENDPOINT_URL,
        answer_ms=answer_ms,
        credentials=settings.AWS_CREDENTIALS,
    )


class Json(logging.Formatter):
    """What these tests log, whatever it is."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps({"event": record.getMessage(), **getattr(record, "fields", {})}, default=str)


@contextmanager
def logging_to(
    group: str, *, endpoint_url: str = "", answer_ms: int = 20_000
) -> Iterator[tuple[logging.Logger, CloudWatchHandler]]:
    handler = CloudWatchHandler(group, options=lambda: options(endpoint_url, answer_ms=answer_ms))
    handler.setFormatter(Json())
    logger = logging.Logger(group)  # noqa: LOG001  of this test alone
    logger.addHandler(handler)
    try:
        yield logger, handler
    finally:
        handler.close()


@pytest.fixture
def group() -> str:
    return f"test-{uuid4().hex}/application"


def lines(group: str) -> list[dict[str, Any]]:
    """Give what CloudWatch has, by time."""
    client = boto3.session.Session().client(
        "logs",
        region_name=settings.AWS_REGION,
        endpoint_url=settings.AWS_ENDPOINT_URL,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    return [json.loads(event["message"]) for event in client.filter_log_events(logGroupName=group)["events"]]


def test_a_line_arrives_in_a_group_that_is_made_for_it(group: str) -> None:
    with logging_to(group) as (logger, handler):
        logger.info("something.happened", extra={"fields": {"number": 1}})
        assert handler.shipper.flush(seconds=30)

    assert [(line["event"], line["number"]) for line in lines(group)] == [("something.happened", 1)]
    assert isinstance(handler, watchtower.CloudWatchLogHandler)


def test_configuring_does_nothing_and_asks_nobody(group: str) -> None:
    threads = set(threading.enumerate())
    with logging_to(group, endpoint_url=f"http://127.0.0.1:{faults.refusing_port()}") as (_, handler):
        handler.flush()
        assert set(threading.enumerate()) == threads
        assert not handler.shipper.figures().is_away


def test_what_aws_libraries_say_while_lines_are_sent_is_not_sent(group: str) -> None:
    with logging_to(group) as (logger, handler):
        handler.filters.clear()  # watchtower's knows what is said at DEBUG alone
        for name in ("botocore", "urllib3"):
            noisy = logging.getLogger(name)
            noisy.setLevel(logging.DEBUG)
            noisy.addHandler(handler)
        try:
            logger.info("one")
            assert handler.shipper.flush(seconds=30)
            assert handler.shipper.flush(seconds=30)
        finally:
            for name in ("botocore", "urllib3"):
                logging.getLogger(name).setLevel(logging.NOTSET)
                logging.getLogger(name).removeHandler(handler)

    assert [line["event"] for line in lines(group)] == ["one"]


def test_whatever_is_logged_becomes_one_valid_line_and_spoils_no_other(group: str) -> None:
    odd = (object(), b"\x00\xff", float("nan"), "\ud800", {"é": {1, 2}}, "x" * 1_000_000, {"deep": ["y" * 999_999]})
    with logging_to(group) as (logger, handler):
        for number, value in enumerate(odd):
            logger.info("odd", extra={"fields": {"number": number, "value": value}})
        logger.info("%s", "é" * 500_000)
        logger.info("odd", extra={"fields": {"number": 7}})
        assert handler.shipper.flush(seconds=30)

    came = lines(group)
    assert [line.get("number") for line in came] == [0, 1, 2, 3, 4, 5, 6, None, 7]
    assert max(len(json.dumps(line)) for line in came) <= LONGEST
    assert handler.shipper.figures().dropped == {}


def test_a_record_stays_as_it_was(group: str) -> None:
    fields = {"number": 1, "deep": {"list": [1]}}
    message = {"msg": "a dict"}
    with logging_to(group) as (logger, handler):
        logger.info(message, extra={"fields": fields})
        assert handler.shipper.flush(seconds=30)

    assert (fields, message) == ({"number": 1, "deep": {"list": [1]}}, {"msg": "a dict"})


def test_a_formatter_that_stumbles_disturbs_nobody(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    with logging_to(group) as (logger, handler):
        logger.info("%d", "no number")
        logger.info("one")
        assert handler.shipper.flush(seconds=30)

    assert [line["event"] for line in lines(group)] == ["one"]


def test_logging_costs_a_formatted_line_and_little_else_while_cloudwatch_is_away(group: str) -> None:
    with logging_to(group, endpoint_url=f"http://127.0.0.1:{faults.refusing_port()}") as (logger, handler):

        def log_many() -> None:
            for _ in range(100):
                logger.info("one")

        log_many()
        assert faults.quickest_seconds_of(log_many) < 0.1
        assert handler.shipper.figures().waiting >= 100


def test_what_is_swallowed_for_a_while_arrives_or_is_counted(group: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipping, "_LONGEST_WAIT_SECONDS", 0.1)
    with proxied(int(settings.AWS_ENDPOINT_URL.rpartition(":")[2])) as proxy:
        url = f"http://127.0.0.1:{proxy.port}"
        with logging_to(group, endpoint_url=url, answer_ms=1_000) as (logger, handler):
            handler.shipper._ring._bounds = Bounds(items=500)
            for number in range(2_000):
                level = logging.ERROR if number % 10 == 0 else logging.INFO
                logger.log(level, "one", extra={"fields": {"number": number}})
                if number == 0:
                    assert handler.shipper.flush(seconds=30)
                    proxy.swallows()
            assert not handler.shipper.flush(seconds=1)
            waiting = handler.shipper.figures().waiting
            proxy.passes()
            assert handler.shipper.flush(seconds=30)

    came, figures = Counter(line["number"] for line in lines(group) if "number" in line), handler.shipper.figures()
    dropped, in_doubt = sum(figures.dropped.values()), figures.in_doubt
    assert waiting <= 500
    assert set(came) >= set(range(0, 2_000, 10)), "errors"
    assert dropped - in_doubt <= 2_000 - len(came) <= dropped
    assert came.total() - len(came) <= in_doubt


PROGRAM = """
import logging, os, signal, sys, time
from novapulse.telemetry.cloudwatch import CloudWatchHandler
from novapulse.telemetry.log_stream import CloudWatchOptions

region, endpoint_url, group = sys.argv[1:]
credentials = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
options = CloudWatchOptions(region=region, endpoint_url=endpoint_url, credentials=credentials)
handler = CloudWatchHandler(group, options=lambda: options)
logging.getLogger().addHandler(handler)
logging.warning('{"event": "parents"}')
child = os.fork()
logging.warning('{"event": "%s"}' % ("parents" if child else "childs"))
if not child:
    handler.flush()
    os._exit(0)
os.waitpid(child, 0)
signal.signal(signal.SIGTERM, lambda *_: (logging.warning('{"event": "told"}'), sys.exit(0)))
os.kill(os.getpid(), signal.SIGTERM)
"""


def test_a_process_that_forks_and_is_told_to_stop_sends_all_of_its_lines_once(group: str) -> None:
    argv = [sys.executable, "-c", PROGRAM, settings.AWS_REGION, settings.AWS_ENDPOINT_URL, group]
    subprocess.run(argv, check=True, timeout=60)  # noqa: S603  our own program

    assert sorted(line["event"] for line in lines(group)) == ["childs", "parents", "parents", "told"]


def test_limits_are_those_of_cloudwatch(group: str) -> None:
    with logging_to(group) as (_, handler):
        assert handler.shipper._limits == Limits(items=10_000, size_bytes=1_048_576, span_seconds=86_400)
        assert (handler.shipper._bounds.items, handler.shipper._bounds.size_bytes) == (10_000, 16 * 1024 * 1024)
        assert handler.shipper._interval_seconds == 5
        assert shipping._LEAVING_SECONDS == 5
