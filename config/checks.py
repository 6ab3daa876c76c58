"""System checks: `manage.py check` reports them, and the web server refuses to start on them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core import checks
from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

from config.apps import the_queues
from novapulse.queues import documents

if TYPE_CHECKING:
    from collections.abc import Sequence

# From the innermost to the outermost: who waits for whom.
_CHAINS = (
    (
        "MONGO_SERVER_SELECTION_TIMEOUT",
        "SERVICE_TIMEOUT_MS",
        "REQUEST_TIMEOUT_MS",
        "WORKER_TIMEOUT_MS",
        "PROXY_TIMEOUT_MS",
    ),
    ("MONGO_SOCKET_TIMEOUT", "SERVICE_TIMEOUT_MS"),
    ("SQS_TIMEOUT_MS", "SERVICE_TIMEOUT_MS"),
)

_MILLISECONDS = 1000

_GATE = ("apps.auth.middleware.TokenRevocationMiddleware", "apps.tenants.middleware.TenantRateLimitMiddleware")

_MONGO_EXAMPLE = "mongodb://user:password@db1.example:27017,db2.example:27017/novapulse?replicaSet=rs0"


@checks.register
def budgets_nest(app_configs: Sequence[Any] | None, **options: object) -> list[checks.CheckMessage]:  # noqa: ARG001  Django's signature
    """Refuse a budget that does not end before the one round it: nobody would be there to hear the answer."""
    return [
        checks.Error(
            f"{inner}={getattr(settings, inner)} must be less than {outer}={getattr(settings, outer)}.",
            hint=f"Whoever waits {outer} would give up first; lower {inner} or raise {outer}.",
            id="novapulse.E001",
        )
        for chain in _CHAINS
        for inner, outer in pairwise(chain)
        if getattr(settings, inner) >= getattr(settings, outer)
    ]


@checks.register
def pool_is_sound(app_configs: Sequence[Any] | None, **options: object) -> list[checks.CheckMessage]:  # noqa: ARG001  Django's signature
    """Refuse a pool that keeps more connections than it may have."""
    if 0 < settings.MONGO_MAX_POOL_SIZE >= settings.MONGO_MIN_POOL_SIZE:
        return []
    return [
        checks.Error(
            f"MONGO_MIN_POOL_SIZE={settings.MONGO_MIN_POOL_SIZE} must not exceed "
            f"MONGO_MAX_POOL_SIZE={settings.MONGO_MAX_POOL_SIZE}, and that must be at least 1.",
            id="novapulse.E002",
        )
    ]


@checks.register
def budgets_end(app_configs: Sequence[Any] | None, **options: object) -> list[checks.CheckMessage]:  # noqa: ARG001  Django's signature
    """Refuse a budget of nothing: to the driver 0 means to wait for ever, which no budget round it would hold."""
    return [
        checks.Error(f"{name}=0 would be no limit at all; give at least 1.", id="novapulse.E003")
        for name in dict.fromkeys(name for chain in _CHAINS for name in chain)
        if getattr(settings, name) == 0
    ]


@checks.register
def mongo_uri_is_readable(app_configs: Sequence[Any] | None, **options: object) -> list[checks.CheckMessage]:  # noqa: ARG001  Django's signature
    """Refuse a URI that the driver cannot read, which would fail every request; `mongodb+srv` needs DNS to tell."""
    if not settings.MONGO_URI.startswith("mongodb://"):
        return []
    try:
        parse_uri(settings.MONGO_URI)
    except (PyMongoError, ValueError):  # its words may quote the password
        sentence = "MONGO_URI is no connection string that MongoDB's driver can read."
        return [checks.Error(sentence, hint=f"For example {_MONGO_EXAMPLE}.", id="novapulse.E004")]
    return []


@checks.register
def gate_stands_in_the_way(app_configs: Sequence[Any] | None, **options: object) -> list[checks.CheckMessage]:  # noqa: ARG001  Django's signature
    """Refuse middleware without the gate, or in another order: neither what has ended nor the limits would hold."""
    if [name for name in settings.MIDDLEWARE if name in _GATE] == list(_GATE):
        return []
    sentence = f"MIDDLEWARE must have {' and '.join(_GATE)}, in this order."
    return [
        checks.Error(sentence, hint="They are the gate that every authenticated request passes.", id="novapulse.E005")
    ]


@checks.register
def queues_lose_nothing(app_configs: Sequence[Any] | None, **options: object) -> list[checks.CheckMessage]:  # noqa: ARG001  Django's signature
    """Refuse queues that would lose work, or do it twice."""
    return [
        checks.Error(sentence, hint="See QUEUE_* and SQS_TIMEOUT_MS in docs/configuration.md.", id="novapulse.E006")
        for sentence in the_queues().losses(
            inbox_kept=documents.KEPT, answer_seconds=settings.SQS_TIMEOUT_MS / _MILLISECONDS
        )
    ]


def refuse_to_boot() -> None:
    """End the process with one line for each error that the checks find."""
    found = [message for message in checks.run_checks() if message.is_serious() and not message.is_silenced()]
    if found:
        raise SystemExit("\n".join(f"{message.id}: {message.msg}" for message in found))
