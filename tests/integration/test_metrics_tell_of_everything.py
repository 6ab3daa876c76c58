"""Real processes: two that serve behind one port, and a worker; what all of them tell of what they do."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import uuid
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from apps.operations.domain.alarms import ALARMS
from apps.operations.domain.slos import SLOS, counter, histogram
from novapulse.local.ports import free_port
from novapulse.queues import names, setup
from novapulse.telemetry import prometheus
from tests.embedded import assert_valid
from tests.serving import ROOT, serving
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.api import Api
    from tests.serving import Served

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]

TOKEN = "an operator's token, as long as it takes"
BEARER = f"Bearer {TOKEN}"


@contextmanager
def working(variables: Mapping[str, str]) -> Iterator[None]:
    """Run a worker until the block ends."""
    given = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test", **variables}  # noqa: TID251  handed on
    command = [sys.executable, "manage.py", "run_worker", "--threads", "2"]
    with subprocess.Popen(command, cwd=ROOT, env=given, stdout=subprocess.DEVNULL) as process:  # noqa: S603  our own program
        try:
            yield
        finally:
            process.terminate()
            assert process.wait(40) == 0


def of_worker(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/metrics", headers={"Authorization": BEARER})
        return connection.getresponse().read().decode()
    except OSError:  # it has not started yet
        return ""
    finally:
        connection.close()


def series(text: str) -> set[str]:
    return {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}


def processes(served: Served) -> set[str]:
    text = served.send("GET", "/metrics", Authorization=BEARER).body.decode()
    families = text_string_to_metric_families(text)
    return {sample.labels["process"] for family in families for sample in family.samples}


def wanted() -> set[str]:
    """Give the series that alarms and service levels look at."""
    of_alarms = {prometheus.name_of(alarm.measured()) for alarm in ALARMS}
    of_levels = {f"{prometheus.name_of(histogram(slo.metric))}_count" for slo in SLOS}
    return of_alarms | of_levels | {prometheus.name_of(counter(slo.refused)) for slo in SLOS if slo.refused}


def test_each_metric_that_an_alarm_looks_at_is_told_by_the_processes_of_one_server_and_a_worker(acme: Api) -> None:
    prefix, port = f"metrics-{uuid.uuid4().hex}", free_port()
    names.use(replace(names.current(), prefix=prefix))
    setup.apply(setup.plan())
    variables = {"OPERATOR_TOKEN": TOKEN, "QUEUE_PREFIX": prefix, "METRICS_EMF_SECONDS": "1"}
    with serving(processes=2, **variables) as served, working({**variables, "METRICS_PORT": str(port)}):
        credential = {"Authorization": f"Bearer {acme.token}"}
        assert served.send("POST", "/api/v1/exports", {"format": "csv"}, **credential).status == 202
        wait_until(lambda: "novapulse_queue_dwell_seconds_count" in series(of_worker(port)))
        assert served.send("POST", "/api/v1/auth/logout-all", {}, **credential).status == 204

        def missing() -> set[str]:
            text = served.send("GET", "/metrics", Authorization=BEARER).body.decode()
            return wanted() - series(text) - series(of_worker(port))

        wait_until(lambda: not missing())
        wait_until(lambda: len(processes(served)) == 2)
        wait_until(lambda: emf_lines(served))
        lines = emf_lines(served)
    for line in lines:
        assert_valid(line)
    assert {"novapulse.breaker.state", "novapulse.queue.outbox_lag"} <= {name for line in lines for name in line}


def emf_lines(served: Served) -> list[dict[str, Any]]:
    found = [line for line in served.log_text().splitlines() if line.startswith('{"_aws"') and line.endswith("}")]
    lines: list[dict[str, Any]] = [json.loads(line) for line in found]
    return lines if any("http.server.request.duration.count" in line for line in lines) else []
