"""Metrics of a process that serves nothing else: a small port that answers `GET /metrics`, for operators."""

from __future__ import annotations

import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Final

from novapulse.telemetry import neighbours, prometheus
from novapulse.web import operators

_PATH: Final = "/metrics"
_PATIENCE_SECONDS: Final = 5  # with whoever asks: one is answered after the other
_EVERYWHERE: Final = ""


def open_port(port: int) -> HTTPServer:
    """Answer on this port from now on, in a thread that ends with the process; raises OSError where it is taken."""
    server = HTTPServer((_EVERYWHERE, port), _Handler)
    threading.Thread(target=server.serve_forever, name="metrics-port", daemon=True).start()
    return server


class _Handler(BaseHTTPRequestHandler):
    timeout = _PATIENCE_SECONDS

    def do_GET(self) -> None:
        if self.path != _PATH:
            self._answer(HTTPStatus.NOT_FOUND)
        elif not operators.is_operator(self.headers.get("Authorization", "")):
            self._answer(HTTPStatus.UNAUTHORIZED)
        else:
            self._answer(HTTPStatus.OK, prometheus.text([neighbours.own()]).encode())

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: http.server writes what clients send to the standard error."""

    def _answer(self, status: HTTPStatus, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Type", prometheus.CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
