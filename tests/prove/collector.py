"""A collector of traces by OTLP over HTTP: notes the numbers of the spans that came."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Collector:
    """What came, in order."""

    port: int = 0
    numbers: list[int] = field(default_factory=list)


@contextmanager
def collector() -> Iterator[Collector]:
    """Collect until the block ends."""
    noted = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
            noted.numbers += [
                attribute.value.int_value
                for resource in request.resource_spans
                for scope in resource.scope_spans
                for span in scope.spans
                for attribute in span.attributes
                if attribute.key == "number"
            ]
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's signature
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        noted.port = server.server_port
        Thread(target=server.serve_forever, daemon=True).start()
        yield noted
        server.shutdown()
