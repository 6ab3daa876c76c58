"""Who is told of a request that has been answered, in this order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from apps.observability.domain import access_log, request_metrics, traces
from novapulse.telemetry import drops

if TYPE_CHECKING:
    from collections.abc import Callable

    from apps.observability.domain.finished import Finished

LISTENERS: Final[tuple[Callable[[Finished], None], ...]] = (access_log.note, request_metrics.note, traces.tell)


def tell(finished: Finished) -> None:
    """Tell all of them; neither the answer nor the others notice one that fails, which is counted."""
    for listener in LISTENERS:
        try:
            listener(finished)
        except Exception:  # noqa: BLE001  whoever tells of a request must not break it
            drops.count("requests")
