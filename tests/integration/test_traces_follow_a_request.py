"""One request through real processes: HTTP, outbox, SQS, a worker, a stranger's server; and one trace of it.

A granian process and a worker send what they keep to a collector, which decodes it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from novapulse.queues import names, setup
from tests.collector import Collector, collecting
from tests.receivers import receiver, says
from tests.serving import ROOT, serving
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.api import Api
    from tests.collector import Arrived

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]

TRACE, CALLER = "5c0ffee0" * 4, "ca11e4" + "0" * 10
SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5  # by OTLP


@contextmanager
def working(variables: Mapping[str, str]) -> Iterator[None]:
    """Run a worker until the block ends; it must leave by itself."""
    given = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test", **variables}  # noqa: TID251  handed on
    command = [sys.executable, "manage.py", "run_worker", "--threads", "2"]
    with subprocess.Popen(command, cwd=ROOT, env=given) as process:  # noqa: S603  our own program
        try:
            yield
        finally:
            process.terminate()
            assert process.wait(40) == 0


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


@pytest.fixture
def variables(collector: Collector, database: object) -> dict[str, str]:
    """Let the processes have queues of their own, and keep nothing but what they are told to, and what fails."""
    prefix = f"traces-{uuid.uuid4().hex}"
    names.use(replace(names.current(), prefix=prefix))
    setup.apply(setup.plan())
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "TRACE_RATIO": "0",
        "QUEUE_PREFIX": prefix,
        "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
    }


def test_one_request_is_one_trace_from_its_caller_to_a_strangers_server(
    acme: Api, collector: Collector, variables: dict[str, str]
) -> None:
    bearer = f"Bearer {acme.token}"
    with receiver(says(204)) as there, serving(**variables) as served, working(variables):
        hook = served.send("POST", "/api/v1/webhooks", {"url": there.url}, Authorization=bearer)
        assert hook.status == 201, hook.body
        body, cause = {"key": "APP", "name": "App"}, f"00-{TRACE}-{CALLER}-01"
        asked = served.send("POST", "/api/v1/projects", body, Authorization=bearer, traceparent=cause)
        assert asked.status == 201, asked.body
        wait_until(lambda: there.requests)
        served.send("GET", "/api/v1/projects", Authorization=bearer, traceparent=cause)
    # Both processes have ended by now, and have sent what they had.
    request, fanned_out, delivered = chain(collector, variables["QUEUE_PREFIX"])
    (posted,) = collector.named("POST")

    assert (request.parent_span_id, request.kind, request.name) == (CALLER, SERVER, "POST api/v1/projects")
    assert (posted.parent_span_id, posted.kind) == (delivered.span_id, CLIENT)
    assert there.requests[0].headers["traceparent"] == f"00-{TRACE}-{posted.span_id}-01"
    told = {(each.attributes["novapulse.request.id"], each.trace_id) for each in (request, fanned_out, delivered)}
    assert told == {(asked.headers["x-request-id"], TRACE)}
    assert len(collector.named("GET api/v1/projects")) == 1
    assert collector.named("POST api/v1/webhooks") == []  # the ratio is 0


def chain(collector: Collector, prefix: str) -> list[Arrived]:
    """Give a request and the attempts that follow from it, each caused by a message that the one before has made."""
    (link,) = collector.named("POST api/v1/projects")
    links, attempts = [link], collector.named(f"process {prefix}-default")
    for _ in attempts:
        (create,) = [
            each for each in collector.named(f"create {prefix}-default") if each.parent_span_id == link.span_id
        ]
        (link,) = [each for each in attempts if each.parent_span_id == create.span_id]
        assert (create.kind, link.kind, link.links) == (PRODUCER, CONSUMER, [(TRACE, create.span_id)])
        for operation in ("send", "receive"):
            batches = collector.named(f"{operation} {prefix}-default")
            assert [(TRACE, create.span_id) in each.links for each in batches].count(True) == 1
        links.append(link)
    return links
