"""The service as it is served, telling no more of its requests than `BENCH_TOLD` says: logs, metrics, traces."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from apps.observability.domain import telling
from config.wsgi import application
from novapulse.telemetry import calls

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["application"]

_TOLD: Final = set(os.environ["BENCH_TOLD"].split())  # noqa: TID251  a switch of the benchmark, no setting of the service
_BY: Final = {  # who hears of requests and calls, by the module that it stands in
    "access_log": "logs",
    "request_metrics": "metrics",
    "call_metrics": "metrics",
    "traces": "traces",
    "notes": "traces",
    "account": "always",
}


def _is_told(listener: Callable[..., None]) -> bool:
    return _BY[listener.__module__.rpartition(".")[2]] in {*_TOLD, "always"}


vars(telling)["LISTENERS"] = tuple(filter(_is_told, telling.LISTENERS))
vars(calls)["_listeners"] = tuple(filter(_is_told, calls._listeners))  # noqa: SLF001  no part of the service has listeners taken out
