"""CloudWatch Logs as a destination: a group, and in it a stream for each process.

Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore import exceptions
from botocore.config import Config

from novapulse.telemetry.destination import NotSent, Unacceptable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from types_boto3_logs.client import CloudWatchLogsClient

    from novapulse.telemetry.ring import Item

_MILLISECONDS: Final = 1_000

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
_UNFIT: Final = frozenset({"InvalidParameterException", "ValidationException"})
_THERE_ALREADY: Final = frozenset({"ResourceAlreadyExistsException", "OperationAbortedException"})
_MISSING: Final = "ResourceNotFoundException"
_TAKEN_BEFORE: Final = "DataAlreadyAcceptedException"


@dataclass(frozen=True, slots=True)
class CloudWatchOptions:
    """Where CloudWatch Logs is and how to talk to it.

    endpoint_url: empty for AWS itself. credentials: empty for boto3's own search. retention_days: of groups that we
    make; those that are there keep what they have.
    """

    region: str
    endpoint_url: str = ""
    retention_days: int = 30
    connect_ms: int = 1_000
    answer_ms: int = 5_000
    application: str = "novapulse"
    credentials: Mapping[str, str] = field(default_factory=dict)


_in_use: list[CloudWatchOptions] = []


def use(options: CloudWatchOptions) -> None:
    """Say where CloudWatch is; the wiring calls this at start. What is logged before waits."""
    _in_use[:] = [options]


def current() -> CloudWatchOptions:
    """Give the options in use; raises NotSent where there are none yet."""
    if not _in_use:
        raise NotSent("the wiring has not called `log_stream.use(...)`")
    return _in_use[0]


class LogStream:
    """The stream of a process in a log group, as a destination; both are made where they are missing."""

    def __init__(self, group: str, *, name_format: str, options: Callable[[], CloudWatchOptions]) -> None:
        """Take the names, and where to ask for the options when they are needed."""
        self._group, self._name_format, self._options = group, name_format, options
        self._client: CloudWatchLogsClient | None = None
        self._stream = ""

    def open(self) -> None:
        """Make the stream, and its group before it where there is none: AWS says so if they are there."""
        self._stream = self._name_format.format(machine_name=platform.node(), process_id=os.getpid())
        self._client = _client(self._options())
        if self._make_stream() == _MISSING:
            self._make_group()
            self._make_stream()

    def send(self, batch: Sequence[Item]) -> Sequence[Item]:
        """Put the lines into the stream; raises as a Destination does."""
        ordered = sorted(batch, key=lambda item: item.at)
        events: list[Any] = [{"timestamp": int(each.at * _MILLISECONDS), "message": each.content} for each in ordered]
        try:
            answer: Mapping[str, Any] = self._connected().put_log_events(
                logGroupName=self._group, logStreamName=self._stream, logEvents=events
            )
        except exceptions.ClientError as error:
            return _judged(error)
        except _UNSENT as error:
            raise NotSent(type(error).__name__) from error
        return _out_of_time(ordered, answer.get("rejectedLogEventsInfo", {}))

    def forget(self) -> None:
        """Let go of the client of a parent."""
        self._client, self._stream = None, ""

    def _connected(self) -> CloudWatchLogsClient:
        if self._client is None:
            raise NotSent("not open")
        return self._client

    def _make_stream(self) -> str:
        return _made(self._connected().create_log_stream, logGroupName=self._group, logStreamName=self._stream)

    def _make_group(self) -> None:
        client, days = self._connected(), self._options().retention_days
        _made(client.create_log_group, logGroupName=self._group)
        client.put_retention_policy(logGroupName=self._group, retentionInDays=days)


_making = Lock()
_clients: Final[dict[tuple[str, str], CloudWatchLogsClient]] = {}  # one serves all groups of a process


def _client(options: CloudWatchOptions) -> CloudWatchLogsClient:
    place = (options.region, options.endpoint_url)
    with _making:
        if place not in _clients:
            _clients[place] = _connect(options)
        return _clients[place]


def _connect(options: CloudWatchOptions) -> CloudWatchLogsClient:
    return boto3.session.Session().client(
        "logs",
        region_name=options.region,
        endpoint_url=options.endpoint_url or None,
        aws_access_key_id=options.credentials.get("AWS_ACCESS_KEY_ID"),
        aws_secret_access_key=options.credentials.get("AWS_SECRET_ACCESS_KEY"),
        config=Config(
            connect_timeout=options.connect_ms / _MILLISECONDS,
            read_timeout=options.answer_ms / _MILLISECONDS,
            retries={"mode": "standard", "total_max_attempts": 1},
            parameter_validation=False,  # of thousands of events, all of which are made here
            user_agent_extra=options.application,
        ),
    )


def _forget_clients() -> None:
    global _making  # noqa: PLW0603  another thread of the parent may have held it
    _making = Lock()
    _clients.clear()


os.register_at_fork(after_in_child=_forget_clients)


def _made(call: Callable[..., object], **arguments: str) -> str:
    """Make something; tell that what it belongs to is missing, nothing where it is there now."""
    try:
        call(**arguments)
    except exceptions.ClientError as error:
        code = _code(error)
        if code not in {*_THERE_ALREADY, _MISSING}:
            raise NotSent(code) from error
        return _MISSING if code == _MISSING else ""
    return ""


def _judged(error: exceptions.ClientError) -> Sequence[Item]:
    """Tell what AWS' refusal means for a batch."""
    code = _code(error)
    if code == _TAKEN_BEFORE:
        return ()
    if code in _UNFIT:
        raise Unacceptable(code) from error
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", HTTPStatus.BAD_REQUEST)
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:  # throttled, not allowed, the stream is gone
        raise NotSent(code) from error
    raise error


def _out_of_time(ordered: Sequence[Item], rejected: Mapping[str, int]) -> Sequence[Item]:
    """Give what was too old or too new; all indexes count from 0, those of an end are the first that was taken."""
    begin = max(rejected.get("tooOldLogEventEndIndex", 0), rejected.get("expiredLogEventEndIndex", 0))
    return [*ordered[:begin], *ordered[rejected.get("tooNewLogEventStartIndex", len(ordered)) :]]


def _code(error: exceptions.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
