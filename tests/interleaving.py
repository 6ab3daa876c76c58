"""Two companies and nobody in turn on the same threads: every line must bear the context of its own request.

Beside them a thread of the process' own logs all the time, whose lines must bear nobody's.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count, cycle, islice
from typing import TYPE_CHECKING, Any, Final

from bson import ObjectId

from novapulse import log
from tests.api import new_client
from tests.canaries.collectors import every_query_is_slow
from tests.lines import collected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.api import Api

_OURS: Final = re.compile(r"(?P<whose>acme|rival|nobody)-\d{6}")
_WHOSE: Final = ("company_id", "user_id", "session_id")
_THREADS: Final = 4
_EVERY: Final = 1_000  # requests between two looks at the lines

_logger = logging.getLogger("novapulse.test")
_here = threading.local()


@dataclass
class Seen:
    """What the lines have said: `wrong` are those with another's context."""

    lines: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    wrong: list[dict[str, Any]] = field(default_factory=list)
    traces: dict[str, str] = field(default_factory=dict)

    def look(self, line: dict[str, Any], contexts: Mapping[str, dict[str, str]]) -> None:
        """Hold a line against the context that it should have: what is known by then, and nothing else."""
        self.lines += 1
        ours = _OURS.fullmatch(line["request_id"])
        expected = contexts[ours["whose"]] if ours else {}
        said = {name: line[name] for name in _WHOSE if name in line}
        told_all = line["event"] != "http.request" or said.keys() == expected.keys()
        if not (said.items() <= expected.items() and told_all and self._is_its_own_trace(line)):
            self.wrong.append(line)
        if ours and line["event"] == "http.request":
            self.requests[ours["whose"]] += 1

    def _is_its_own_trace(self, line: dict[str, Any]) -> bool:
        trace = line.get("trace_id", "")
        return not trace or self.traces.setdefault(trace, line["request_id"]) == line["request_id"]


def interleaved(companies: Mapping[str, Api], *, requests: int) -> Seen:
    """Send so many requests, and give what their lines have said."""
    contexts = {name: _context(api) for name, api in companies.items()} | {"nobody": {}}
    seen, order = Seen(), _order(companies)
    with collected(level=logging.DEBUG) as lines, _somebody_else_logs(), ThreadPoolExecutor(_THREADS) as pool:
        for _ in range(0, requests, _EVERY):
            with every_query_is_slow():
                some = min(_EVERY, requests - sum(seen.requests.values()))
                list(pool.map(lambda asked: _send(*asked), islice(order, some)))
            for line in lines.taken():
                seen.look(line, contexts)
    return seen


def _order(companies: Mapping[str, Api]) -> Iterator[tuple[str, str, str, str]]:
    """Give name, token, method and path, so that a thread's next request is nearly always another's."""
    asked = (
        ("GET", "/tasks"),
        ("GET", "/me"),
        ("GET", f"/tasks/{ObjectId()}"),
        ("POST", "/projects"),
        ("GET", "/members"),
    )
    tokens = {**{name: api.token for name, api in companies.items()}, "nobody": ""}
    for number, name, (method, path) in zip(count(), cycle(tokens), cycle(asked), strict=False):
        yield f"{name}-{number:06}", tokens[name], method, f"/api/v1{path}"


def _send(request_id: str, token: str, method: str, path: str) -> None:
    client = getattr(_here, "client", None)
    if client is None:
        client = _here.client = new_client()
    headers = {"X-Request-ID": request_id} | ({"Authorization": f"Bearer {token}"} if token else {})
    client.generic(method, path, b"{}" if method == "POST" else b"", content_type="application/json", headers=headers)


def _context(api: Api) -> dict[str, str]:
    with collected("novapulse.http") as lines:
        api.get("/me")
    (line,) = lines.taken()
    return {name: line[name] for name in _WHOSE}


class _somebody_else_logs:  # noqa: N801  reads as the block that it is
    def __enter__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._log)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _log(self) -> None:
        while not self._over.wait(0.01):
            log.event(_logger, "worker.stopped", has_ended=True)
