"""What is told of calls to SQS, by a server that speaks its protocol and by none at all."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from novapulse.data.sqs import SqsOptions, SqsProvider
from novapulse.errors import Unavailable
from novapulse.telemetry import calls
from tests.faults import refusing_port
from tests.hearing import hearing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def connect() -> Iterator[Callable[[str], SqsProvider]]:
    """Make providers that are closed after the test."""
    made: list[SqsProvider] = []

    def make(endpoint_url: str) -> SqsProvider:
        options = SqsOptions(settings.AWS_REGION, endpoint_url=endpoint_url, credentials=settings.AWS_CREDENTIALS)
        made.append(SqsProvider(options))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


def test_a_call_is_told_with_its_queue_and_what_sqs_refused(connect: Any) -> None:
    provider = connect(settings.AWS_ENDPOINT_URL)
    with hearing(calls.SQS) as heard, suppress(Unavailable):
        provider.queue_url("test-told-nowhere")

    told = [call for call in heard if call.target == "test-told-nowhere"]
    assert [call.operation for call in told] == ["GetQueueUrl"]
    assert told[0].error.endswith("NonExistentQueue")
    assert told[0].seconds > 0


def test_a_call_that_reached_nobody_is_told_by_what_went_wrong(connect: Any) -> None:
    provider = connect(f"http://127.0.0.1:{refusing_port()}")
    with hearing(calls.SQS) as heard, suppress(Unavailable):
        provider.queue_url("test-told-away")

    told = [call for call in heard if call.target == "test-told-away"]
    assert [(call.operation, call.error) for call in told] == [("GetQueueUrl", "EndpointConnectionError")]
