"""The AWS endpoint on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest

from novapulse.local.aws import AWS, CREDENTIALS, REGION
from novapulse.local.guard import guarding
from novapulse.local.stack import local_environment, up

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.servers
def test_a_queue_works_at_the_local_endpoint_with_the_local_credentials(folder: Path) -> None:
    with guarding(folder) as guard:
        endpoint = up(folder, guard=guard, wanted=[AWS])["AWS_ENDPOINT_URL"]
        session = boto3.Session(*CREDENTIALS.values(), region_name=REGION)
        sqs = session.client("sqs", endpoint_url=endpoint)
        queue = sqs.create_queue(QueueName="jobs")["QueueUrl"]
        sqs.send_message(QueueUrl=queue, MessageBody="hello")
        assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "hello"


def test_the_local_aws_endpoint_comes_with_credentials_that_open_nothing() -> None:
    environment = local_environment({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    assert environment["AWS_SECRET_ACCESS_KEY"] == "local"
    assert local_environment({"REDIS_URL": "redis://x"}) == {"REDIS_URL": "redis://x"}
