from __future__ import annotations

import logging
import os
import platform
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError
from django.conf import settings

from novapulse.telemetry import log_stream
from novapulse.telemetry.destination import NotSent, Unacceptable
from novapulse.telemetry.log_stream import CloudWatchOptions, LogStream
from novapulse.telemetry.ring import Item
from tests import faults

if TYPE_CHECKING:
    from types_boto3_logs.client import CloudWatchLogsClient

DAY_SECONDS = 86_400


@pytest.fixture
def aws() -> CloudWatchLogsClient:
    return boto3.session.Session().client(
        "logs",
        region_name=settings.AWS_REGION,
        endpoint_url=settings.AWS_ENDPOINT_URL,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def stream(group: str = "", *, endpoint_url: str = "") -> LogStream:
    options = CloudWatchOptions(
        region=settings.AWS_REGION,
        endpoint_url=endpoint_url or settings.AWS_ENDPOINT_URL,
        retention_days=14,
        credentials=settings.AWS_CREDENTIALS,
    )
    group = group or f"test-{uuid4().hex}"
    return LogStream(group, name_format="{machine_name}/{process_id}", options=lambda: options)


def item(content: str, *, ago_seconds: float = 0) -> Item:
    return Item(time.time() - ago_seconds, logging.INFO, len(content) + 26, content)  # noqa: TID251  CloudWatch's clock


def test_group_and_stream_are_made_and_lines_stand_in_the_order_of_their_times(aws: CloudWatchLogsClient) -> None:
    opened = stream()
    opened.open()
    assert opened.send([item("second"), item("first", ago_seconds=5), item("third", ago_seconds=-5)]) == []

    name = f"{platform.node()}/{os.getpid()}"
    events = aws.get_log_events(logGroupName=opened._group, logStreamName=name, startFromHead=True)["events"]
    assert [event["message"] for event in events] == ["first", "second", "third"]
    (described,) = aws.describe_log_groups(logGroupNamePrefix=opened._group)["logGroups"]
    assert described["retentionInDays"] == 14


def test_a_group_that_is_there_keeps_its_retention(aws: CloudWatchLogsClient) -> None:
    group = f"test-{uuid4().hex}"
    aws.create_log_group(logGroupName=group)
    opened = stream(group)
    opened.open()
    opened.open()

    (described,) = aws.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert "retentionInDays" not in described


def test_what_is_too_old_is_given_back_as_refused() -> None:
    at_hand = [item(str(number)) for number in range(5)]

    assert log_stream._out_of_time(at_hand, {}) == []
    assert log_stream._out_of_time(at_hand, {"tooOldLogEventEndIndex": 2}) == at_hand[:2]
    assert log_stream._out_of_time(at_hand, {"expiredLogEventEndIndex": 1, "tooNewLogEventStartIndex": 4}) == [
        at_hand[0],
        at_hand[4],
    ]


def test_a_stream_that_was_deleted_is_made_again(aws: CloudWatchLogsClient) -> None:
    opened = stream()
    opened.open()
    aws.delete_log_group(logGroupName=opened._group)

    with pytest.raises(NotSent, match="ResourceNotFoundException"):
        opened.send([item("one")])
    opened.open()
    assert opened.send([item("one")]) == []


def test_nobody_there_means_that_nothing_was_sent() -> None:
    opened = stream()
    opened.open()
    opened._client = log_stream._connect(
        CloudWatchOptions(
            region=settings.AWS_REGION,
            endpoint_url=f"http://127.0.0.1:{faults.refusing_port()}",
            credentials=settings.AWS_CREDENTIALS,
        )
    )

    with pytest.raises(NotSent, match="EndpointConnectionError"):
        opened.send([item("one")])


@pytest.mark.parametrize(
    ("code", "status", "meaning"),
    [
        ("ThrottlingException", 400, NotSent),
        ("AccessDeniedException", 400, NotSent),
        ("InvalidParameterException", 400, Unacceptable),
        ("ServiceUnavailableException", 500, ClientError),
    ],
)
def test_what_aws_refuses_is_told_apart(code: str, status: int, meaning: type[Exception]) -> None:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    with pytest.raises(meaning):
        log_stream._judged(ClientError(answer, "PutLogEvents"))


def test_lines_that_were_taken_before_are_no_trouble() -> None:
    answer: Any = {"Error": {"Code": "DataAlreadyAcceptedException"}}

    assert log_stream._judged(ClientError(answer, "PutLogEvents")) == ()


def test_before_the_wiring_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_stream, "_in_use", [])

    with pytest.raises(NotSent):
        log_stream.current()


def test_a_child_of_a_fork_has_no_client_of_its_parent() -> None:
    opened = stream()
    opened.open()
    log_stream._forget_clients()
    opened.forget()

    with pytest.raises(NotSent):
        opened.send([item("one")])
    assert log_stream._clients == {}
