"""The metrics of the platform: what there is to know of any service on it. Those of the business are its apps'."""

from __future__ import annotations

from typing import Final

from novapulse.telemetry import catalogue
from novapulse.telemetry.catalogue import Kind, Metric

# Source: OpenTelemetry's conventions for HTTP and for databases.
_OF_REQUESTS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
_OF_CALLS: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0)
_OF_WAITS: Final = (0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
_OF_TASKS: Final = (0.01, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0)
_OF_PROMPT: Final = (0.1, 0.25, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0, 30.0)

_COUNTER, _GAUGE, _HISTOGRAM = Kind.COUNTER, Kind.GAUGE, Kind.HISTOGRAM

REQUESTS: Final = (
    Metric(
        "http.server.request.duration",
        _HISTOGRAM,
        "s",
        "How long requests took; those refused at the door, and those for health and metrics, are not counted.",
        labels=("http.request.method", "http.route", "http.response.status_class"),
        buckets=_OF_REQUESTS,
        dimensions=("http.response.status_class",),
        good=0.5,
    ),
    Metric("http.server.active_requests", _GAUGE, "{request}", "Requests that are inside at the moment."),
    Metric("novapulse.http.limit", _GAUGE, "{request}", "How many may be inside: shrinks while the process is late."),
    Metric("novapulse.http.refused", _COUNTER, "{request}", "Requests refused at the door, to do the others in time."),
    Metric(
        "novapulse.http.slow", _COUNTER, "{request}", "Requests that took longer than they should.", ("http.route",)
    ),
)

CALLS: Final = (
    Metric(
        "db.client.operation.duration",
        _HISTOGRAM,
        "s",
        "How long commands to MongoDB, Redis and PostgreSQL took; of Redis the collection is the client's role.",
        labels=("db.system.name", "db.operation.name", "db.collection.name", "error.type"),
        buckets=_OF_CALLS,
        dimensions=("db.system.name",),
    ),
    Metric(
        "messaging.client.operation.duration",
        _HISTOGRAM,
        "s",
        "How long calls to SQS took; a receive waits for messages.",
        labels=("messaging.operation.name", "messaging.destination.name", "error.type"),
        buckets=_OF_CALLS,
    ),
    Metric(
        "http.client.request.duration",
        _HISTOGRAM,
        "s",
        "How long requests to others' servers took.",
        labels=("http.request.method", "error.type"),
        buckets=_OF_REQUESTS,
    ),
)

ROOMS: Final = (
    Metric(
        "db.client.connection.count",
        _GAUGE,
        "{connection}",
        "Connections of a pool, by whether they are used or idle.",
        labels=("db.client.connection.pool.name", "db.client.connection.state"),
        dimensions=("db.client.connection.pool.name", "db.client.connection.state"),
    ),
    Metric(
        "db.client.connection.max",
        _GAUGE,
        "{connection}",
        "Most connections that a pool opens.",
        labels=("db.client.connection.pool.name",),
        dimensions=("db.client.connection.pool.name",),
    ),
    Metric("novapulse.bulkhead.used", _GAUGE, "{place}", "Places of a bulkhead that are taken.", labels=("bulkhead",)),
    Metric("novapulse.bulkhead.places", _GAUGE, "{place}", "Places that a bulkhead has.", labels=("bulkhead",)),
    Metric(
        "novapulse.bulkhead.refused",
        _COUNTER,
        "{call}",
        "Calls that found no place in a bulkhead.",
        labels=("bulkhead",),
        dimensions=("bulkhead",),
    ),
    Metric(
        "novapulse.breaker.state",
        _GAUGE,
        "1",
        "How a breaker is: 0 closed, 1 half-open, 2 open.",
        labels=("breaker",),
        dimensions=("breaker",),
    ),
    Metric(
        "novapulse.breaker.changes",
        _COUNTER,
        "{change}",
        "How often a breaker came into a state.",
        labels=("breaker", "state"),
        dimensions=("breaker", "state"),
    ),
)

GATE: Final = (
    Metric(
        "novapulse.gate.decisions",
        _COUNTER,
        "{decision}",
        "What the gate has decided: allowed, limited, revoked; by redis, by mongodb (Redis away), or by memory.",
        labels=("verdict", "by"),
        dimensions=("verdict", "by"),
    ),
    Metric("novapulse.gate.redis_away", _GAUGE, "1", "1 while the gate decides without Redis."),
    Metric(
        "novapulse.gate.revocation.delay",
        _HISTOGRAM,
        "s",
        "From when a change (something revoked, other limits) was written until this process had read it in MongoDB: "
        "the longest that it can have gone without it. By Redis it mostly knows before the answer goes out.",
        buckets=_OF_PROMPT,
        good=1.0,
    ),
    Metric(
        "novapulse.gate.look.age",
        _GAUGE,
        "s",
        "How long ago this process last read what has changed; so late might it be with what is revoked now.",
    ),
)

QUEUES: Final = (
    Metric(
        "novapulse.queue.events",
        _COUNTER,
        "{event}",
        "What workers have counted of a queue: attempts, done, retries, dead_letters, and others.",
        labels=("queue", "event"),
        dimensions=("queue", "event"),
    ),
    Metric(
        "novapulse.queue.dwell",
        _HISTOGRAM,
        "s",
        "How long tasks had waited, since they were due, when they began.",
        labels=("queue",),
        buckets=_OF_WAITS,
        dimensions=("queue",),
        good=30.0,
    ),
    Metric(
        "novapulse.task.duration",
        _HISTOGRAM,
        "s",
        "How long attempts at a task took, by what became of them.",
        labels=("task", "outcome"),
        buckets=_OF_TASKS,
    ),
    Metric(
        "novapulse.queue.messages",
        _GAUGE,
        "{message}",
        "What SQS holds of a queue, about: waiting, in_flight, delayed, dead. Every process that serves tells of it.",
        labels=("queue", "state"),
        dimensions=("queue", "state"),
    ),
    Metric(
        "novapulse.queue.unfinished",
        _GAUGE,
        "{task}",
        "Unfinished tasks of a queue, those for later included.",
        labels=("queue",),
        dimensions=("queue",),
    ),
    Metric(
        "novapulse.queue.oldest",
        _GAUGE,
        "s",
        "How long ago the oldest unfinished task was enqueued.",
        labels=("queue",),
        dimensions=("queue",),
    ),
    Metric("novapulse.queue.outbox_lag", _GAUGE, "s", "For how long the oldest task has been due that is not sent."),
)

AUDIT: Final = (
    Metric(
        "novapulse.audit.seal.delay",
        _HISTOGRAM,
        "s",
        "From when something was recorded in the audit until it was sealed into its company's chain.",
        buckets=_OF_PROMPT,
        good=1.0,
    ),
)

PROCESS: Final = (
    Metric("process.cpu.time", _COUNTER, "s", "CPU time that the process has used.", labels=("cpu.mode",)),
    Metric("process.memory.usage", _GAUGE, "By", "Memory of the process that is in RAM."),
    Metric("process.thread.count", _GAUGE, "{thread}", "Threads of the process."),
    Metric("process.unix.file_descriptor.count", _GAUGE, "{file_descriptor}", "Open files and sockets."),
    Metric("process.uptime", _GAUGE, "s", "For how long the process has been there."),
)

TELEMETRY: Final = (
    Metric(
        "novapulse.telemetry.dropped",
        _COUNTER,
        "{item}",
        "What could not be told: measurements without a place in the catalogue, series beyond their number, lines that "
        "nobody read or no disk took, lines and spans that a destination did not take in time, by severity.",
        labels=("signal", "severity"),
        dimensions=("signal",),
    ),
    Metric("novapulse.telemetry.waiting", _GAUGE, "{item}", "What waits to be shipped.", labels=("destination",)),
    Metric("novapulse.telemetry.away", _GAUGE, "1", "1 while a destination does not take anything.", ("destination",)),
)

COMPANIES: Final = (
    Metric(
        "novapulse.company.requests",
        _COUNTER,
        "{request}",
        "Requests by company: the 50 that ask most have a series of their own, the others share `other`.",
        labels=("company",),
        properties=("company",),
    ),
    Metric(
        "novapulse.company.seconds",
        _COUNTER,
        "s",
        "Time that requests of a company took, by the same companies.",
        labels=("company",),
        properties=("company",),
    ),
    Metric(
        "novapulse.company.limited",
        _COUNTER,
        "{request}",
        "Requests of a company that its limits refused, by the same companies.",
        labels=("company",),
        properties=("company",),
    ),
    Metric(
        "novapulse.company.failed",
        _COUNTER,
        "{request}",
        "Requests of a company that ended with a fault of ours, by the same companies.",
        labels=("company",),
        properties=("company",),
    ),
    Metric(
        "novapulse.company.shadowed",
        _COUNTER,
        "{request}",
        "Requests of a company that were let in though a limit in shadow would have refused, by the same companies.",
        labels=("company",),
        properties=("company",),
    ),
    Metric(
        "novapulse.company.active",
        _GAUGE,
        "{company}",
        "Companies of which this process had a request within five minutes, up to 100,000.",
    ),
)

catalogue.register(*REQUESTS, *CALLS, *ROOMS, *GATE, *QUEUES, *AUDIT, *PROCESS, *TELEMETRY, *COMPANIES)
