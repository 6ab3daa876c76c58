"""How long calls to stores and to services outside took, as metrics: a listener of `novapulse.telemetry.calls`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from novapulse.telemetry import calls, meter

if TYPE_CHECKING:
    from novapulse.telemetry.calls import Call

_databases: Final = meter.histogram("db.client.operation.duration")
_queues: Final = meter.histogram("messaging.client.operation.duration")
_outside: Final = meter.histogram("http.client.request.duration")


def measure(call: Call) -> None:
    """Count a call by how long it took."""
    if call.system == calls.SQS:
        _queues.record(
            call.seconds,
            {
                "messaging.operation.name": call.operation,
                "messaging.destination.name": call.target,
                "error.type": call.error,
            },
        )
    elif call.system == calls.HTTP:
        _outside.record(call.seconds, {"http.request.method": call.operation, "error.type": call.error})
    else:
        _databases.record(
            call.seconds,
            {
                "db.system.name": call.system,
                "db.operation.name": call.operation,
                "db.collection.name": call.target,
                "error.type": call.error,
            },
        )
