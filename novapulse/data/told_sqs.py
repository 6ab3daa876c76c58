"""Tells of every call that a client of SQS makes (`novapulse.telemetry.calls`), by botocore's own events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from novapulse import clock
from novapulse.telemetry import calls
from novapulse.telemetry.calls import Call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from types_boto3_sqs.client import SQSClient

_NOTE: Final = "novapulse_call"  # in botocore's context of a call: operation, queue, when it began
_LEAST_FAULT: Final = 400

_Context = dict[str, Any]


def tell_of(client: SQSClient) -> None:
    """Tell of this client's calls from now on: operation and queue, never a message."""
    events = client.meta.events
    events.register("before-parameter-build.sqs", _begin)
    events.register("after-call.sqs", _answered)
    events.register("after-call-error.sqs", _failed)


def _begin(*, params: Mapping[str, Any], model: Any, context: _Context, **_rest: object) -> None:  # noqa: ANN401  botocore is untyped
    queue = str(params.get("QueueUrl") or params.get("QueueName") or "").rpartition("/")[2]
    context[_NOTE] = (model.name, queue, clock.monotonic())


def _answered(*, parsed: Mapping[str, Any], http_response: Any, context: _Context, **_rest: object) -> None:  # noqa: ANN401  as above
    error = ""
    if http_response.status_code >= _LEAST_FAULT:
        error = str(parsed.get("Error", {}).get("Code") or http_response.status_code)
    _tell(context, error=error)


def _failed(*, exception: BaseException, context: _Context, **_rest: object) -> None:
    _tell(context, error=type(exception).__name__)


def _tell(context: _Context, *, error: str) -> None:
    operation, queue, began_at = context.pop(_NOTE)
    calls.ended(Call(calls.SQS, operation, queue, clock.monotonic() - began_at, error))
