"""A collector of traces for tests: it takes OTLP over HTTP, and decodes what has come."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue


@dataclass(frozen=True)
class Arrived:
    """A span as it has arrived."""

    name: str
    kind: int
    trace_id: str
    span_id: str
    parent_span_id: str
    attributes: dict[str, str | int]
    links: list[tuple[str, str]]
    start_ns: int
    end_ns: int
    has_failed: bool
    resource: dict[str, str | int]


@dataclass
class Collector:
    """What has come; `status` is what it answers with."""

    url: str
    spans: list[Arrived] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    status: int = 200

    def named(self, name: str) -> list[Arrived]:
        return [span for span in self.spans if span.name == name]

    def names(self) -> Counter[str]:
        return Counter(span.name for span in self.spans)

    def wait_for(self, name: str, *, count: int = 1) -> list[Arrived]:
        """Wait until so many spans of a name are there, and give them."""
        wait_until(lambda: len(self.named(name)) >= count, tell=self.names)
        return self.named(name)


@contextmanager
def collecting() -> Iterator[Collector]:
    """Collect until the block ends."""
    collector = Collector("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if collector.status == 200 and self.path == "/v1/traces":
                collector.headers.append({name.lower(): value for name, value in self.headers.items()})
                collector.bodies.append(body)
                collector.spans.extend(_decoded(body))
            self.send_response(collector.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Be quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        collector.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield collector
        finally:
            server.shutdown()


def _decoded(body: bytes) -> Iterator[Arrived]:
    for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        resource = _read(of_resource.resource.attributes)
        for span in (each for scope in of_resource.scope_spans for each in scope.spans):
            yield Arrived(
                name=span.name,
                kind=span.kind,
                trace_id=span.trace_id.hex(),
                span_id=span.span_id.hex(),
                parent_span_id=span.parent_span_id.hex(),
                attributes=_read(span.attributes),
                links=[(link.trace_id.hex(), link.span_id.hex()) for link in span.links],
                start_ns=span.start_time_unix_nano,
                end_ns=span.end_time_unix_nano,
                has_failed=span.status.code == span.status.STATUS_CODE_ERROR,
                resource=resource,
            )


def _read(attributes: Any) -> dict[str, str | int]:
    return {each.key: _value(each.value) for each in _listed(attributes)}


def _listed(attributes: Any) -> list[KeyValue]:
    return list(attributes)


def _value(value: AnyValue) -> str | int:
    return value.int_value if value.HasField("int_value") else value.string_value
