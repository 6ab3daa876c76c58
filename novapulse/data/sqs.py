"""SQS: what is to be done later travels by it. Never the truth: the outbox is, and keeps what could not be sent.

Fails closed: a call that cannot be done raises Unavailable where nothing was done, TimedOut where nobody knows. Who
sends from the outbox loses nothing by either: it sends again. Nothing is tried twice here, and no call takes longer
than its caller's deadline, whatever the timeouts are.

Credentials are boto3's affair: variables, profile, or the role of the machine.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar

import boto3
from botocore import exceptions
from botocore.config import Config
from urllib3.util import Timeout

from novapulse.data import told_sqs
from novapulse.data.provider import Provider
from novapulse.errors import TimedOut, Unavailable
from novapulse.resilience import deadline
from novapulse.resilience.bulkhead import Bulkhead
from novapulse.resilience.guard import Guard
from novapulse.resilience.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from types_boto3_sqs.client import SQSClient

T = TypeVar("T")

_LONGEST_POLL_SECONDS: Final = 20  # SQS holds a receive open for no longer
_WAIT_SECONDS: Final = 1.0  # for a connection: a healthy SQS gives one back within 50 ms
_LEAST_SECONDS: Final = 0.001  # to urllib3 0 is no time but a mistake
_NO_QUEUE: Final = "AWS.SimpleQueueService.NonExistentQueue"
_THROTTLED: Final = frozenset({"RequestThrottled", "Throttling", "ThrottlingException", "TooManyRequestsException"})

# Who we are, and what we may; SQS answers 403 for other things as well.
_DENIED: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "InvalidSecurity",
        "KmsAccessDenied",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)

# Nothing has left, or nobody was there to take it.
_UNSENT: Final = (
    exceptions.EndpointConnectionError,
    exceptions.ConnectTimeoutError,
    exceptions.ProxyConnectionError,
    exceptions.SSLError,
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
)
_LOST: Final = (exceptions.ReadTimeoutError, exceptions.ConnectionClosedError, exceptions.HTTPClientError)


@dataclass(frozen=True, slots=True)
class _Refused:
    """SQS has answered that this cannot be: to the breaker an answer like any other."""

    error: exceptions.ClientError


_RULES: Final = Rules(
    slow_seconds=1.0,  # a healthy SQS answers in 10 to 50 ms
    first_seconds=1.0,
    longest_seconds=5.0,  # a probe costs SQS nothing, and the outbox waits for it
    connections=(*_UNSENT, *_LOST),
)


@dataclass(frozen=True, slots=True)
class SqsOptions:
    """Where SQS is and how to talk to it.

    endpoint_url: empty for AWS itself. credentials: empty for boto3's own search. probe_queue: the name of the queue
    that `ping` asks for; it need not be there. Threads that poll have connections of their own, `max_polls` of them.
    """

    region: str
    endpoint_url: str = ""
    probe_queue: str = "default"
    connect_ms: int = 1_000
    answer_ms: int = 5_000
    max_connections: int = 10
    max_polls: int = 10
    application: str = "novapulse"
    credentials: Mapping[str, str] = field(default_factory=dict)


class SqsProvider(Provider["SQSClient"]):
    """SQS behind the provider interface: one client for calls, one for receives that wait for messages."""

    name = "sqs"

    def __init__(self, options: SqsOptions) -> None:
        """Take the options."""
        self.options = options
        self.guard = _guard(self.name, slots=options.max_connections, rules=_RULES)
        poll_rules = replace(_RULES, slow_seconds=_LONGEST_POLL_SECONDS + _RULES.slow_seconds)
        self.poll_guard = _guard(f"{self.name}-polling", slots=options.max_polls, rules=poll_rules)
        self.breaker = self.guard.breaker
        self._lock = threading.Lock()
        self._clients: dict[str, SQSClient] = {}
        self._urls: dict[str, str] = {}
        os.register_at_fork(after_in_child=self._forget)

    def client(self) -> SQSClient:
        """Give the client of this process, whose calls are short."""
        return self._kept(
            "calls", answer_seconds=self.options.answer_ms / 1000, connections=self.options.max_connections
        )

    def polling_client(self) -> SQSClient:
        """Give the client of this process for receives: it waits as long as SQS holds one open, and a little more."""
        answer_seconds = _LONGEST_POLL_SECONDS + self.options.answer_ms / 1000
        return self._kept("polls", answer_seconds=answer_seconds, connections=self.options.max_polls)

    def call(self, work: Callable[[SQSClient], T]) -> T:
        """Do some work with the client behind the guard, once.

        Raises Unavailable where nothing was done: not reached, throttled, refused us, no such queue (NoSuchQueue), left
        alone at present (CircuitOpen); TimedOut where the answer was lost or late; botocore's ClientError where SQS
        refuses what was asked of it, such as a receipt that is no longer good.
        """
        return self._guarded(self.guard, self.client, work)

    def poll(self, work: Callable[[SQSClient], T]) -> T:
        """Do some work that waits for messages: with a client, a room and a breaker of its own; raises as `call`."""
        return self._guarded(self.poll_guard, self.polling_client, work)

    def queue_url(self, name: str) -> str:
        """Give the URL of a queue, asked for once; raises Unavailable where there is none."""
        if name not in self._urls:
            self._urls[name] = self.call(lambda client: client.get_queue_url(QueueName=name)["QueueUrl"])
        return self._urls[name]

    def ping(self) -> None:
        """Ask for the probe queue; that there is none is an answer as well."""
        try:
            self.call(lambda client: client.get_queue_url(QueueName=self.options.probe_queue))
        except NoSuchQueue:
            return

    def pool(self) -> dict[str, int]:
        """Give open, in_use, max of the connections for calls; polls have their own."""
        client = self._clients.get("calls")
        is_open, in_use = _connections_of(client) if client is not None else (0, 0)
        return {"open": is_open, "in_use": in_use, "max": self.options.max_connections}

    def close(self) -> None:
        """Close both clients and forget the queues' URLs."""
        with self._lock:
            clients, self._clients, self._urls = self._clients, {}, {}
        for client in clients.values():
            client.close()

    def _kept(self, kind: str, *, answer_seconds: float, connections: int) -> SQSClient:
        client = self._clients.get(kind)
        if client is None:
            with self._lock:
                client = self._clients.get(kind)
                if client is None:
                    client = _connect(self.options, answer_seconds=answer_seconds, connections=connections)
                    self._clients[kind] = client
        return client

    def _guarded(self, guard: Guard, client: Callable[[], SQSClient], work: Callable[[SQSClient], T]) -> T:
        deadline.check()
        try:
            answer = guard.call(_attempt, work, client())
        except exceptions.ClientError as error:
            raise _failure(error) from error
        except _UNSENT as error:
            raise Unavailable("SQS is not reached.") from error
        except _LOST as error:
            raise TimedOut("SQS did not answer in time.", phase="queue") from error
        if isinstance(answer, _Refused):
            raise _refusal(answer.error) from answer.error
        return answer

    def _forget(self) -> None:
        # A child of a fork shares its parent's sockets: it must not even close them.
        self._lock, self._clients, self._urls = threading.Lock(), {}, {}


class NoSuchQueue(Unavailable):
    """A queue is missing; nothing was changed, so a retry is safe."""

    code = "unavailable"


def _guard(name: str, *, slots: int, rules: Rules) -> Guard:
    return Guard(name, bulkhead=Bulkhead(name, slots=slots, waiting=slots, wait_seconds=_WAIT_SECONDS), rules=rules)


def _attempt(work: Callable[[SQSClient], T], client: SQSClient) -> T | _Refused:
    """Do the work; tell what SQS refuses, being well, from what it fails at."""
    try:
        return work(client)
    except exceptions.ClientError as error:
        if _status(error) < HTTPStatus.INTERNAL_SERVER_ERROR and _code(error) not in _THROTTLED:
            return _Refused(error)
        raise


def _refusal(error: exceptions.ClientError) -> Exception:
    if _code(error) in {_NO_QUEUE, "QueueDoesNotExist"}:
        return NoSuchQueue("A queue is missing: run manage.py ensure_queues --apply.")
    if _code(error).rpartition(".")[2] in _DENIED:
        return Unavailable(f"SQS refuses our credentials ({_code(error)}).")
    return error


def _failure(error: exceptions.ClientError) -> Exception:
    if _code(error) in _THROTTLED or _status(error) == HTTPStatus.SERVICE_UNAVAILABLE:
        return Unavailable("SQS takes no more calls at the moment.")
    return TimedOut("SQS failed, and does not say at which point.", phase="queue")


def _code(error: exceptions.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _status(error: exceptions.ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", HTTPStatus.BAD_REQUEST))


def _connect(options: SqsOptions, *, answer_seconds: float, connections: int) -> SQSClient:
    # A session of our own: the default one must not be used by several threads at once.
    client = boto3.session.Session().client(
        "sqs",
        region_name=options.region,
        endpoint_url=options.endpoint_url or None,
        aws_access_key_id=options.credentials.get("AWS_ACCESS_KEY_ID"),
        aws_secret_access_key=options.credentials.get("AWS_SECRET_ACCESS_KEY"),
        config=Config(
            connect_timeout=options.connect_ms / 1000,
            read_timeout=answer_seconds,
            retries={"mode": "standard", "total_max_attempts": 1},
            max_pool_connections=connections,
            user_agent_extra=options.application,
        ),
    )
    told_sqs.tell_of(client)
    limits = (options.connect_ms / 1000, answer_seconds)
    _http_session(client)._get_request_timeout = lambda _request: _callers_timeout(*limits)  # noqa: SLF001  botocore has one timeout for all calls of a client; a test sees that this one is obeyed
    return client


def _callers_timeout(connect_seconds: float, answer_seconds: float) -> Timeout:
    """Give the timeout of one call: the client's, cut to what its caller's deadline leaves."""
    least = max(_LEAST_SECONDS, deadline.remaining(answer_seconds + connect_seconds))
    return Timeout(connect=min(connect_seconds, least), read=min(answer_seconds, least), total=least)


def _connections_of(client: SQSClient) -> tuple[int, int]:
    """Count the open connections, and those in use: urllib3 holds a place in line for each that is not."""
    manager = _http_session(client)._manager  # noqa: SLF001  botocore shows no figures
    lines = [(pool.pool.maxsize, list(pool.pool.queue)) for pool in map(manager.pools.get, manager.pools.keys())]
    in_use = sum(most - len(line) for most, line in lines)
    return in_use + sum(connection is not None for _, line in lines for connection in line), in_use


def _http_session(client: SQSClient) -> Any:  # noqa: ANN401  botocore is untyped there
    return client._endpoint.http_session  # type: ignore[attr-defined]  # noqa: SLF001  botocore shows it nowhere else
