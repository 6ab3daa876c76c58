"""CloudWatch's alarms: taken by a server that speaks its protocol, on metrics that the lines of EMF tell."""

import json
import re
from string import Template
from typing import Any

import boto3
from botocore.validate import ParamValidator
from django.conf import settings

from apps.operations.domain import cloudwatch_alarms
from novapulse.telemetry import catalogue
from novapulse.telemetry.catalogue import Kind

TOPIC = "arn:aws:sns:eu-central-1:123456789012:operators"


def described() -> dict[str, Any]:
    filled = Template(cloudwatch_alarms.text()).substitute(SERVICE="novapulse", ENVIRONMENT="test", TOPIC=TOPIC)
    found: dict[str, Any] = json.loads(filled)
    return found


def asked_for(alarm: dict[str, Any]) -> list[tuple[str, frozenset[str]]]:
    metrics = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each] or [alarm]
    return [
        (metric["MetricName"], frozenset(each["Name"] for each in metric["Dimensions"]) - {"service", "environment"})
        for metric in metrics
    ]


def test_cloudwatch_takes_them_all() -> None:
    client = boto3.client(
        "cloudwatch",
        region_name=settings.AWS_REGION,
        endpoint_url=settings.AWS_ENDPOINT_URL,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    alarms = described()
    for alarm in alarms["metric_alarms"]:
        client.put_metric_alarm(**alarm)
    composite = client.meta.service_model.operation_model("PutCompositeAlarm").input_shape
    for alarm in alarms["composite_alarms"]:  # which that server does not know
        assert ParamValidator().validate(alarm, composite).generate_report() == ""

    pages = client.get_paginator("describe_alarms").paginate()
    known = {alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]}
    assert {alarm["AlarmName"] for alarm in alarms["metric_alarms"]} <= known


def test_every_alarm_looks_at_what_the_lines_tell_under_dimensions_that_they_have() -> None:
    told: set[tuple[str, frozenset[str]]] = set()
    for metric in catalogue.metrics():
        suffixes = (".count", ".sum", ".p50", ".p99", *([".good"] if metric.good else []))
        names = [f"{metric.name}{suffix}" for suffix in suffixes] if metric.kind is Kind.HISTOGRAM else [metric.name]
        told |= {(name, frozenset(metric.dimensions)) for name in names}
        told |= {(name, frozenset[str]()) for name in names if metric.kind is not Kind.GAUGE}

    alarms = described()["metric_alarms"]
    assert alarms
    assert [place for alarm in alarms for place in asked_for(alarm) if place not in told] == []


def test_a_composite_names_alarms_that_there_are() -> None:
    alarms = described()
    names = {alarm["AlarmName"] for alarm in alarms["metric_alarms"]}

    rules = [alarm["AlarmRule"] for alarm in alarms["composite_alarms"]]
    assert {name for rule in rules for name in re.findall(r'ALARM\("([^"]*)"\)', rule)} <= names
