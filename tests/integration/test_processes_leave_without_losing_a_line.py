"""What a process of the server has logged before it was told to stop is in CloudWatch when it has gone."""

from __future__ import annotations

import json
from uuid import uuid4

import boto3
import pytest
from django.conf import settings

from tests.serving import serving

pytestmark = pytest.mark.servers


def events(group: str) -> set[str]:
    client = boto3.session.Session().client(
        "logs",
        region_name=settings.AWS_REGION,
        endpoint_url=settings.AWS_ENDPOINT_URL,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    found = client.filter_log_events(logGroupName=f"{group}/application")["events"]
    return {json.loads(event["message"])["event"] for event in found}


def test_processes_leave_without_losing_a_line() -> None:
    group = f"test-{uuid4().hex}"
    with serving(CLOUDWATCH_LOG_GROUP=group) as served:
        assert served.send("GET", "/api/v1/nothing").status == 404
        served.process.terminate()
        assert served.process.wait(30) == 0

    assert {"http.request", "draining.begun"} <= events(group)
