"""SQS behind the provider interface: what was not done, what nobody knows, and what is only refused."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from novapulse import clock
from novapulse.data.sqs import NoSuchQueue, SqsOptions, SqsProvider
from novapulse.errors import TimedOut, Trouble, Unavailable
from novapulse.local.aws import CREDENTIALS, REGION
from novapulse.resilience import deadline
from novapulse.resilience.account import Account
from tests.faults import black_hole, quickest_seconds_of, refusing_port
from tests.faults.proxy import proxied
from tests.novapulse.data.conformance import Conformance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from novapulse.resilience.breaker import Breaker

    Connect = Callable[..., SqsProvider]

AT_ONCE_SECONDS = 2  # far less than any timeout of ours would take
SLACK_SECONDS = 3  # a busy machine; without the shorter limit it would be 5 s or more


@pytest.fixture
def connect(settings: Any) -> Iterator[Connect]:
    """Make providers, by default of the suite's endpoint, that are closed after the test."""
    made: list[SqsProvider] = []

    def make(url: str = settings.AWS_ENDPOINT_URL, **options: Any) -> SqsProvider:
        options = {"region": REGION, "credentials": CREDENTIALS, **options}
        made.append(SqsProvider(SqsOptions(endpoint_url=url, **options)))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


@contextmanager
def answering(status: int, code: str) -> Iterator[str]:
    """Serve an endpoint that answers every call with this status and SQS' own code."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = f'{{"__type": "com.amazonaws.sqs#{code}", "message": "injected"}}'.encode()
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Be silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def slow_calls(breaker: Breaker) -> int:
    return breaker._window.totals(clock.monotonic()).slow


def failing(provider: SqsProvider, family: type[Exception]) -> Trouble:
    with pytest.raises(family) as failed:
        provider.ping()
    assert isinstance(failed.value, Trouble)
    return failed.value


class TestConformance(Conformance):
    """SQS is a provider like the others."""

    @pytest.fixture
    def provider(self, connect: Connect) -> SqsProvider:
        return connect()

    @pytest.fixture
    def lost(self, connect: Connect) -> SqsProvider:
        return connect(f"http://127.0.0.1:{refusing_port()}")


def test_the_options_reach_the_driver(connect: Connect) -> None:
    provider = connect(connect_ms=300, answer_ms=700, max_connections=3, max_polls=2, application="suite")
    calls, polls = provider.client().meta.config, provider.polling_client().meta.config

    assert (calls.connect_timeout, calls.read_timeout, calls.max_pool_connections) == (0.3, 0.7, 3)
    assert (polls.read_timeout, polls.max_pool_connections) == (20.7, 2)
    assert calls.retries["total_max_attempts"] == 1
    assert "suite" in calls.user_agent
    assert provider.client().meta.region_name == REGION


def test_what_is_sent_is_received(connect: Connect) -> None:
    provider = connect()
    queue = provider.call(lambda client: client.create_queue(QueueName="test-sqs-provider"))["QueueUrl"]
    try:
        url = provider.queue_url("test-sqs-provider")
        provider.call(lambda client: client.send_message(QueueUrl=url, MessageBody="hello"))
        found = provider.poll(lambda client: client.receive_message(QueueUrl=url, WaitTimeSeconds=1))
        assert [each["Body"] for each in found["Messages"]] == ["hello"]
    finally:
        provider.call(lambda client: client.delete_queue(QueueUrl=queue))


def test_a_receive_that_waits_for_messages_is_no_slow_call(connect: Connect) -> None:
    provider = connect(answer_ms=500)
    queue = provider.call(lambda client: client.create_queue(QueueName="test-sqs-empty"))["QueueUrl"]
    try:
        for _ in range(2):
            provider.poll(lambda client: client.receive_message(QueueUrl=queue, WaitTimeSeconds=1))
        assert slow_calls(provider.poll_guard.breaker) == 0
        assert slow_calls(provider.breaker) < 2  # the making of the queue may be one on a busy machine
    finally:
        provider.call(lambda client: client.delete_queue(QueueUrl=queue))


def test_a_refused_port_is_unavailable_at_once(connect: Connect) -> None:
    provider = connect(f"http://127.0.0.1:{refusing_port()}")
    provider.client()

    assert quickest_seconds_of(lambda: failing(provider, Unavailable)) < 0.5


def test_one_that_never_answers_costs_its_timeout_and_nobody_knows_what_it_did(connect: Connect) -> None:
    with black_hole() as port:
        provider = connect(f"http://127.0.0.1:{port}", answer_ms=300)
        provider.client()

        assert 0.25 < quickest_seconds_of(lambda: failing(provider, TimedOut), tries=2) < 2
        assert failing(provider, TimedOut).phase == "queue"  # type: ignore[attr-defined]  # of TimedOut


def test_no_call_takes_longer_than_its_callers_deadline(connect: Connect) -> None:
    with black_hole() as port:
        provider = connect(f"http://127.0.0.1:{port}")
        for client in (provider.client, provider.polling_client):
            client()

        def hurried(work: Callable[..., object]) -> None:
            with deadline.opened(0.3), pytest.raises(TimedOut):
                work(lambda client: client.list_queues())

        assert quickest_seconds_of(lambda: hurried(provider.call)) < 2
        assert quickest_seconds_of(lambda: hurried(provider.poll)) < 2
        with deadline.opened(0), pytest.raises(TimedOut):
            provider.ping()


@pytest.mark.parametrize(
    ("status", "code", "family", "is_counted"),
    [
        (500, "InternalError", TimedOut, True),
        (503, "ServiceUnavailable", Unavailable, True),
        (400, "RequestThrottled", Unavailable, True),
        (403, "AccessDeniedException", Unavailable, False),
        (400, "QueueDoesNotExist", NoSuchQueue, False),
        (400, "ReceiptHandleIsInvalid", ClientError, False),
    ],
)
def test_each_answer_is_told_apart(
    connect: Connect, status: int, code: str, family: type[Exception], *, is_counted: bool
) -> None:
    with answering(status, code) as url:
        provider = connect(url)
        with pytest.raises(family):
            provider.call(lambda client: client.list_queues())

        assert provider.breaker.fail_counter == int(is_counted)


def test_credentials_that_are_refused_show_in_health(connect: Connect) -> None:
    with answering(403, "InvalidClientTokenId") as url:
        health = connect(url).health()

    assert not health.ok
    assert health.detail == "SQS refuses our credentials (InvalidClientTokenId)."


def test_a_way_that_breaks_in_the_middle_of_an_answer_leaves_nobody_knowing(connect: Connect, settings: Any) -> None:
    with proxied(urlsplit(settings.AWS_ENDPOINT_URL).port or 0) as proxy:
        provider = connect(f"http://127.0.0.1:{proxy.port}")
        proxy.resets(after_bytes=20)
        failing(provider, TimedOut)
        proxy.passes()

        assert provider.health().ok


def test_the_breaker_opens_on_failures_and_closes_once_it_answers_again(connect: Connect, settings: Any) -> None:
    with proxied(urlsplit(settings.AWS_ENDPOINT_URL).port or 0) as proxy:
        provider = connect(f"http://127.0.0.1:{proxy.port}")
        proxy.refuses()
        for _ in range(5):
            failing(provider, Unavailable)
        assert provider.breaker.current_state == "open"
        proxy.passes()
        until = time.monotonic() + 20
        while provider.health().state != "closed":
            assert time.monotonic() < until
            time.sleep(0.1)


def test_a_queue_that_is_not_there_is_named_as_such_and_one_that_is_there_is_asked_for_once(connect: Connect) -> None:
    provider = connect()
    with pytest.raises(NoSuchQueue, match="ensure_queues"):
        provider.queue_url("test-sqs-nowhere")

    assert provider.health().ok


def test_calls_are_entered_into_the_account_of_the_request(connect: Connect) -> None:
    provider = connect()
    with Account(slow_seconds=1) as spent:
        provider.ping()

    assert spent.external_seconds > 0


def test_a_client_that_was_made_before_a_fork_works_in_parent_and_child(connect: Connect) -> None:
    provider = connect()
    provider.ping()
    parents = provider.client()
    child = os.fork()
    if child == 0:
        os._exit(0 if provider.health().ok and provider.client() is not parents else 1)

    assert os.waitpid(child, 0)[1] == 0
    assert provider.client() is parents
    assert provider.health().ok
