"""The service as it is served: a granian process of its own, spoken to over real sockets."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from novapulse.local.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
_START_SECONDS = 60
_STOP_SECONDS = 10


@dataclass(frozen=True)
class Answer:
    """What came back over the wire; header names in lower case, the last one of a name."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Served:
    """A running service."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Send one request on a connection of its own; bytes go as they are, anything else as JSON."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        given.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=45)
        try:
            connection.request(method, path, raw, given)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    def lives(self) -> bool:
        """Tell whether the process answers."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.send("GET", "/health/live").status == 200
        return False

    def log_text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def serving(*, target: str = "config.wsgi:application", processes: int = 1, **variables: str) -> Iterator[Served]:
    """Run the service with these variables on top of the suite's own, until the block ends."""
    port = free_port()
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test", **variables}  # noqa: TID251  handed on
    with tempfile.TemporaryDirectory(prefix="novapulse-served-") as folder:
        log = Path(folder, "log")
        with log.open("wb") as output:
            command = _command(port, target, processes=processes)
            process = subprocess.Popen(  # noqa: S603  our own program
                command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
            )
        served = Served(port, process, log)
        try:
            _wait_for(served)
            yield served
        finally:
            _stop(process)


def _command(port: int, target: str, *, processes: int) -> list[str]:
    options = ["--interface", "wsgi", "--workers", str(processes), "--blocking-threads", "4", "--http", "1", "--no-ws"]
    return [sys.executable, "-m", "granian", *options, "--host", "127.0.0.1", "--port", str(port), target]


def _wait_for(served: Served) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not served.lives():
        assert served.process.poll() is None, served.log_text()
        assert time.monotonic() < deadline, served.log_text()
        time.sleep(0.1)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its worker too, which would go on by itself and talk to the stores
        process.wait()
