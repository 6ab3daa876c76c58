"""Sending spans by OTLP over HTTP, for a shipper: https://opentelemetry.io/docs/specs/otlp/#otlphttp.

The usual variables of OpenTelemetry that say how (certificates, compression, resource) are the exporter's affair.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import requests
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import SpanExportResult

from novapulse.telemetry.destination import NotSent, Unacceptable
from novapulse.telemetry.spans import spans_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan

    from novapulse.telemetry.ring import Item

_PATH: Final = "/v1/traces"
_SECONDS: Final = 2.0  # for one batch, what the exporter itself tries again included
_LATER: Final = frozenset({429, 502, 503, 504})  # by the specification: nothing was taken, try again later
_LOCKED: Final = frozenset({401, 403})  # it takes nothing from us, until somebody gives one of both another key
_MALFORMED: Final = 400
_NO_ANSWER: Final = 0


@dataclass(frozen=True, slots=True)
class OtlpOptions:
    """Where the collector is; headers: what it wants to see besides, such as a key."""

    endpoint: str
    resource: Resource
    headers: Mapping[str, str]
    seconds: float = _SECONDS


class OtlpDestination:
    """A collector. Only the shipper's thread talks to it."""

    def __init__(self, options: OtlpOptions) -> None:
        """Take the options; connect at first use."""
        self._options = options
        self._exporter: OTLPSpanExporter | None = None
        self._session = _Session()

    def open(self) -> None:
        """Send a batch of nothing: while nobody answers, no span is sent again and again, to be there many times.

        Whoever calls nothing malformed is there as well.
        """
        with suppress(_Malformed):
            self._export(())

    def send(self, batch: Sequence[Item]) -> Sequence[Item]:
        """Send stories as spans; raises NotSent, Unacceptable, or NoAnswer where nobody knows whether they came."""
        self._export([span for item in batch for span in spans_of(item.content, resource=self._options.resource)])
        return ()

    def _export(self, spans: Sequence[ReadableSpan]) -> None:
        if self._connected().export(spans) is SpanExportResult.SUCCESS:
            return
        status = self._session.status
        if status == _NO_ANSWER:
            raise NoAnswer(self._session.trouble)
        if status in _LATER or status in _LOCKED:
            raise NotSent(str(status))
        raise _Malformed(str(status)) if status == _MALFORMED else Unacceptable(str(status))

    def forget(self) -> None:
        """Let go of the connection without closing it."""
        self._exporter, self._session = None, _Session()

    def _connected(self) -> OTLPSpanExporter:
        if self._exporter is None:
            self._exporter = OTLPSpanExporter(
                endpoint=self._options.endpoint.rstrip("/") + _PATH,
                headers=dict(self._options.headers),
                timeout=self._options.seconds,
                session=self._session,
            )
        return self._exporter


class NoAnswer(Exception):  # noqa: N818  a fact
    """The collector is not there, or did not answer in time."""


class _Malformed(Unacceptable):
    """The collector is there, and does not like what it has read."""


class _Session(requests.Session):
    """Remembers how the last request went, which the exporter does not tell."""

    status = _NO_ANSWER
    trouble = ""

    def request(self, *arguments: Any, **options: Any) -> requests.Response:  # noqa: ANN401  the signature of requests
        self.status = _NO_ANSWER
        try:
            response = super().request(*arguments, **options)
        except Exception as error:
            self.trouble = type(error).__name__
            raise
        self.status = response.status_code
        return response
