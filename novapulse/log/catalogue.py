"""Every event that is logged, with its fields: what is not written here stands in no line.

One vocabulary for library and apps, so that the same thing has the same name wherever it is told of. `docs/logs.md` is
made from it. An unknown event or field raises under test (`refuse_unknown`); elsewhere it is left out and counted.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from novapulse.log.values import speaks_of_a_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORM: Final = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")


class UnknownEventError(LookupError):
    """An event or a field is logged that the catalogue does not know: a mistake in the code."""


@dataclass(frozen=True, slots=True)
class Described:
    """What an event says, in a sentence, and its fields beside those that every line has."""

    sentence: str
    fields: frozenset[str]


def _event(sentence: str, fields: str = "") -> Described:
    return Described(sentence, frozenset(fields.split()))


OF_EVERY_LINE: Final[Mapping[str, str]] = {
    "time": "When, in UTC, to the millisecond.",
    "level": "debug, info, warning (the service has dealt with it), error (somebody should look).",
    "event": "What happened: one of the names below.",
    "logger": "Which part of the code says so.",
    "service": "SERVICE_NAME.",
    "version": "SERVICE_VERSION.",
    "environment": "ENVIRONMENT.",
    "region": "AWS_REGION.",
    "request_id": "Which request caused it, also where a task or a thread did it later; `-` where none did.",
    "trace_id": "The whole story, across processes (W3C Trace Context).",
    "span_id": "The part of the story: one request, or one attempt at a task.",
    "route": "The pattern of the route, never the path; of a task its name.",
    "company_id": "For which company.",
    "user_id": "Which person or service account asked.",
    "session_id": "By which session or API key.",
    "operator": "Which member of staff acted in that person's place.",
    "error": "The class of the exception, where there was one.",
    "traceback": "Its files, lines and code, and of what caused it; no messages, no values.",
    "is_cut": "Whether fields were left out since the line was too long.",
    "function": "On AWS Lambda: which function.",
    "aws_request_id": "On AWS Lambda: which invocation.",
    "is_cold_start": "On AWS Lambda: whether it is the first of its process.",
    "remaining_ms": "On AWS Lambda: how much of its time is left.",
}

_TASK: Final = "id task queue attempt"
_WHOM: Final = "identity_id"
_PROSE: Final = "template where"
_LETTER: Final = "task_id task company_id queue reason by"

EVENTS: Final[Mapping[str, Described]] = {
    # Requests
    "http.request": _event(
        "A request was answered: one line for each, health and metrics only where they fail.",
        "method status duration_ms outcome problem gate units database_ms database_commands redis_ms redis_commands"
        " external_ms calls",
    ),
    "http.slow_request": _event(
        "A request took long.",
        "method route status company_id total_ms database_ms database_commands redis_ms redis_commands external_ms"
        " queue_ms",
    ),
    "http.unhandled_error": _event("A view raised what nobody has caught; with its traceback.", _PROSE),
    "http.suspicious_request": _event("Django refused a request that no client of ours sends.", _PROSE),
    "store_failed": _event("A store did not answer, and the client was told so.", "code error"),
    # MongoDB
    "mongo.slow_query": _event(
        "A command took longer than SLOW_QUERY_MS; of one in five seconds with its plan.",
        "collection operation duration_ms plan",
    ),
    "index_missing": _event("A list wants an index that is not there.", "advice"),
    # Tenancy
    "tenancy.violation": _event("A command did not name its company.", "command collection reason"),
    "tenancy.across_tenants": _event("Work goes across companies.", "reason"),
    # The gate and its limits
    "gate.redis_is_away": _event("The gate decides without Redis."),
    "gate.redis_is_back": _event("The gate decides by Redis again.", "processes"),
    "gate.watch_failed": _event("What keeps the gate up to date has stumbled, and goes on."),
    "gate.changes_not_read": _event("What has ended could not be read anew.", "error"),
    "tenants.limit_exceeded": _event("A company was refused by a limit of its own.", "policy company_id"),
    "tenants.limit_shadowed": _event("A limit in shadow would have refused.", "policy company_id"),
    "tenants.limits_changed": _event("A company's limits were changed.", "company_id"),
    "tenants.company_turned": _event("A company is in another state from now on.", "company_id status"),
    # People and credentials
    "auth.invitation_mailed": _event("An invitation went out by mail.", "invitation_id"),
    "auth.invitation_mail_failed": _event("An invitation could not be mailed.", "invitation_id error"),
    "auth.reset_mailed": _event("A way to set another password went out by mail.", _WHOM),
    "auth.reset_mail_failed": _event("A way to set another password could not be mailed.", f"{_WHOM} error"),
    "auth.reset": _event("A password was set anew by mail.", _WHOM),
    "auth.refresh_reuse": _event(
        "A refresh token was used again: its session has ended.", f"session_id company_id generations_late {_WHOM}"
    ),
    "auth.second_factor_confirmed": _event("A second factor was turned on.", _WHOM),
    "auth.second_factor_disabled": _event("A second factor was turned off.", _WHOM),
    "auth.second_factor_forgotten": _event("An operator took a second factor away.", _WHOM),
    "auth.second_factor_locked": _event("Too many wrong codes: the second factor is locked.", _WHOM),
    "auth.second_factor_sealed_otherwise": _event("A second factor was sealed under another MASTER_KEY.", _WHOM),
    "auth.second_factor_used": _event("A code of an authenticator opened an account.", _WHOM),
    "auth.recovery_code_used": _event("A recovery code opened an account.", _WHOM),
    "auth.actings_told_later": _event("The audit could not be told yet of staff who act as nobody any more.", "error"),
    "auth.last_used_kept": _event("When API keys were last used could not be written yet.", "keys error"),
    # Staff of the platform
    "staff.signed_in": _event("Somebody has signed into the admin.", "by"),
    "staff.sign_in_refused": _event("A try to sign into the admin was refused; why nobody there is told.", "why"),
    "admin.acted": _event("Staff have done something in the admin.", "act by kind subject reason"),
    # The audit
    "audit.recorded": _event(
        "Something that the audit records was done, or was refused; the record itself is in MongoDB.",
        "company_id action outcome reason targets count",
    ),
    "audit.sealed": _event("Records were sealed: where a company's chain ends now.", "company_id sequence hash count"),
    "audit.record_forged": _event("A record waited that none of our processes has written.", "company_id"),
    "audit.sealing_failed": _event("Records could not be sealed yet; they wait.", "error"),
    "audit.denial_lost": _event("That something was denied could not be written down.", "target error"),
    "audit.foreign_id": _event("Somebody has asked for an id of another company.", "company_id kind"),
    # Tasks and queues
    "task.started": _event("An attempt at a task has begun.", f"{_TASK} company_id dwell_ms"),
    "task.finished": _event("An attempt is over.", f"{_TASK} outcome took_ms dwell_ms calls"),
    "task.failed": _event("An attempt failed; there will be another.", f"{_TASK} error traceback"),
    "task.failed_after_once": _event("A task failed after its effect: it is done.", f"{_TASK} error"),
    "task.death_not_told": _event("A task is dead, and what was to note that for whoever waits has failed."),
    "task.dropped": _event("A task of a company that is deleted was thrown away.", "id task queue"),
    "task.discarded": _event("A task asked not to be done.", f"{_TASK} reason"),
    "task.dead": _event(
        "A task is a dead letter.", f"{_TASK} reason error traceback attempts first_seen last_worker at"
    ),
    "task.copy": _event("A second copy of a task was let go.", "id task"),
    "task.lease_lost": _event("Another worker has taken a task.", _TASK),
    "queues.dead_letter_purged": _event("An operator deleted a dead letter.", _LETTER),
    "queues.dead_letter_redriven": _event("An operator sent a dead letter again.", _LETTER),
    "worker.started": _event("A worker takes tasks.", "queues threads"),
    "worker.stopped": _event("A worker has left.", "has_ended"),
    "worker.wedged": _event("A thread of a worker hangs."),
    "worker.handed_back": _event("A worker that leaves gave tasks back.", "tasks"),
    "worker.not_settled": _event("The outcome of a task could not be written: it will be given out again."),
    "worker.heartbeat_broke": _event("What extends leases has stumbled, and goes on."),
    "queue.not_deleted": _event("Messages that are done with could not be deleted yet."),
    "worker.not_received": _event("A worker could not ask for tasks.", "error"),
    "worker.heartbeat_failed": _event("Leases could not be extended.", "error tasks"),
    "queue.call_failed": _event("A call to SQS failed.", "error"),
    "outbox.sent_again": _event("Tasks that SQS has lost were sent again.", "rows"),
    "outbox.not_sent": _event("Tasks could not be sent yet.", "error"),
    "outbox.refused": _event("SQS refused a task.", "id queue code"),
    # Webhooks
    "webhooks.disabled": _event("A webhook was disabled since it kept failing.", "endpoint_id reason"),
    # The process
    "resilience.overloaded": _event("Requests were refused at the door.", "refused inside limit late_ms"),
    "resilience.request_overran": _event("A request is past its time; where it is.", "elapsed_ms deadline_ms stack"),
    "resilience.worker_recycled": _event("A process ends since a request hangs in it.", "overrunning"),
    "resilience.breaker_changed": _event("A breaker stands otherwise.", "breaker state"),
    "resilience.breaker_switched": _event("An operator has switched a breaker.", "breaker state by until"),
    "resilience.switches_not_read": _event("The operators' switches could not be read.", "error"),
    "background.full": _event("Work in the background found no place, and was given up.", "room"),
    "background.failed": _event("Work in the background failed, and was given up.", "room error"),
    "prober.failed": _event("What asks the stores how they are has stumbled, and goes on."),
    "health.queues_not_seen": _event("The state of the queues could not be read."),
    "draining.begun": _event("The process takes no new requests.", "stay_seconds"),
    "log.lost": _event("Lines were left out: nobody read them, or the disk was full.", "lines"),
    # Telemetry itself
    "telemetry.away": _event("Where telemetry is sent to does not answer.", "destination reason"),
    "telemetry.recovered": _event(
        "Where telemetry is sent to is back; what was dropped meanwhile.", "destination away_seconds dropped in_doubt"
    ),
    "telemetry.dropped": _event(
        "Some telemetry found no room, and was dropped.", "destination away_seconds dropped in_doubt"
    ),
    "telemetry.left_behind": _event("A process ended before all its telemetry was sent.", "destination items"),
    "telemetry.stumbled": _event("What sends telemetry has stumbled, and goes on."),
    # Other libraries
    "library.message": _event("Another library said something; without the values in it.", _PROSE),
    "python.warning": _event("Python warns.", _PROSE),
}


class _Handling:
    """What becomes of the unknown in this process."""

    is_refused = False


left_out: Final[Counter[str]] = Counter()  # unknown names in this process, by `event` or `event.field`


def refuse_unknown() -> None:
    """Have an unknown event or field raise: for tests, which is where mistakes should be found."""
    _Handling.is_refused = True


def known(event: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the fields that may be told of the event; raises UnknownEventError under test where there are others."""
    described = EVENTS.get(event)
    if described is not None and fields.keys() <= described.fields:
        return fields
    allowed = frozenset[str]() if described is None else described.fields
    unknown = [event] if described is None else [f"{event}.{name}" for name in fields if name not in allowed]
    if _Handling.is_refused:
        raise UnknownEventError(f"{', '.join(unknown)}: name it in novapulse/log/catalogue.py, or do not log it.")
    left_out.update(unknown)
    return {name: value for name, value in fields.items() if name in allowed}


def flaws() -> list[str]:
    """List what is wrong with the catalogue: names of another form, fields that speak of secrets."""
    names = [*EVENTS, *(name for described in EVENTS.values() for name in described.fields)]
    return [name for name in names if _FORM.fullmatch(name) is None or speaks_of_a_secret(name)]
