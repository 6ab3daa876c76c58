"""Which requests are kept as traces: those that were sampled, and on top those that somebody will ask about.

An error of ours and a slow one always; of refusals for lack of room (429, 503), which come by the thousand when they
come, one per second in each process.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from opentelemetry.trace import SpanKind

from novapulse.telemetry import traces
from novapulse.telemetry.sampling import Trickle
from novapulse.telemetry.story import Story
from novapulse.web import methods

if TYPE_CHECKING:
    from apps.observability.domain.finished import Finished

_REFUSALS: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})

_trickle: Final = Trickle(every_seconds=1.0)


def tell(finished: Finished) -> None:
    """Keep a request that has ended, where it is to be kept."""
    trail = finished.trail
    if trail.notes is not None and (trail.is_sampled or _is_remarkable(finished)):
        traces.keep(_story(finished))


def _is_remarkable(finished: Finished) -> bool:
    if finished.seconds >= finished.spent.slow_seconds:
        return True
    if finished.status in _REFUSALS:
        return _trickle.lets_through()
    return finished.status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _story(finished: Finished) -> Story:
    method = finished.method
    attributes: dict[str, str | int] = {"http.request.method": method, "http.response.status_code": finished.status}
    if finished.route:
        attributes["http.route"] = finished.route
    spoken = "HTTP" if method == methods.OTHER else method
    return Story(
        kind=SpanKind.SERVER,
        name=f"{spoken} {finished.route}" if finished.route else spoken,
        trail=finished.trail,
        began_at=finished.began_at,
        ended_at=finished.ended_at,
        attributes=attributes,
        error=str(finished.status) if finished.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "",
        notes=finished.trail.notes or (),
    )
