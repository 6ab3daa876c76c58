"""A receiver of effects by HTTP: notes what came, and under which idempotency key."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Sink:
    """What came: the keys of each number."""

    port: int = 0
    keys: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))


@contextmanager
def sink() -> Iterator[Sink]:
    """Receive until the block ends."""
    noted = Sink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            noted.keys[int(self.path.strip("/"))].append(str(self.headers["Idempotency-Key"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's signature
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        noted.port = server.server_port
        Thread(target=server.serve_forever, daemon=True).start()
        yield noted
        server.shutdown()
