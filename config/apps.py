"""The composition root: hands the settings to the library, once per process, before anything else runs."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries

from novapulse.data import events, registry
from novapulse.data.command_account import CommandAccount
from novapulse.data.mongo import MongoOptions, MongoProvider
from novapulse.data.plans import Planner
from novapulse.data.postgres import PostgresOptions, PostgresProvider
from novapulse.data.redis import RedisOptions, RedisProvider
from novapulse.data.slow_queries import SlowQueries
from novapulse.data.sqs import SqsOptions, SqsProvider
from novapulse.gate import gate
from novapulse.gate.gate import Gate
from novapulse.gate.store import GateStore
from novapulse.gate.watch import Source, Watch
from novapulse.log import catalogue
from novapulse.queues import names as queue_names
from novapulse.queues import sender
from novapulse.queues.names import Queues
from novapulse.resilience import account
from novapulse.resilience import registry as breakers
from novapulse.telemetry import calls, log_stream, notes, traces
from novapulse.telemetry import catalogue as metrics
from novapulse.telemetry.log_stream import CloudWatchOptions
from novapulse.telemetry.sampling import Sampler
from novapulse.telemetry.shipping import Shipper
from novapulse.telemetry.traces import Tracing
from novapulse.tenancy import document
from novapulse.tenancy.client import ScopedMongoClient
from novapulse.tenancy.guard import TenancyGuard

_MILLISECONDS = 1000
LEASE_SLACK_SECONDS = 5  # a request that is still there after its time and this has no process any more


class NovaPulseConfig(AppConfig):
    """The wiring."""

    name = "config"
    label = "novapulse"
    verbose_name = "NovaPulse"

    def ready(self) -> None:
        """Register the providers, which connect at first use, and tell the documents where they live."""
        from config import checks  # noqa: F401, PLC0415  registers the system checks, once the apps are ready

        calls.listen(account.enter)
        if settings.LOG_UNKNOWN_IS_REFUSED:
            catalogue.refuse_unknown()
        if settings.LOG_QUERIES:
            account.tell_of_all_calls()
        log_stream.use(cloudwatch_options())
        mongo = MongoProvider(mongo_options(), client_class=scoped_client)
        redis = RedisProvider(RedisOptions(url=settings.REDIS_URL))
        postgres = PostgresProvider(PostgresOptions(url=settings.DATABASE_URL, application=settings.SERVICE_NAME))
        sqs = SqsProvider(sqs_options())
        for provider in (mongo, redis, postgres, sqs):
            registry.register(provider)
            breakers.register(provider.breaker)
        breakers.register(sqs.poll_guard.breaker)
        document.use_database(mongo.database)
        queue_names.use(the_queues())
        sender.use_window(settings.QUEUE_WINDOW)
        gate.use(the_gate())
        if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
            traces.use(the_tracing())
            calls.listen(notes.take)
        introduce_the_apps_to_each_other()
        measure()
        spare_requests_the_upkeep_of_stores_they_never_touch()


def spare_requests_the_upkeep_of_stores_they_never_touch() -> None:
    """Take Django's upkeep of SQL connections and caches out of every request: none of the API's uses one.

    Routes that use Django's own database want `close_old_connections` round them again.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    request_finished.disconnect(reset_urlconf)  # each request sets its own; two threads would wait for one lock
    request_started.disconnect(reset_queries)
    request_finished.disconnect(close_caches)


def measure() -> None:
    """Have what happens in this process counted."""
    from apps.observability import api as observability_api  # noqa: PLC0415  once the apps are ready

    if settings.METRICS_UNKNOWN_IS_REFUSED:
        metrics.be_strict()
    observability_api.measure()


def introduce_the_apps_to_each_other() -> None:
    """Let apps ask those above them, which they do not import."""
    from apps.audit import api as audit_api  # noqa: PLC0415  once the apps are ready
    from apps.auth import api as auth_api  # noqa: PLC0415  as above
    from apps.staff import api as staff_api  # noqa: PLC0415  as above
    from apps.tenants import api as tenants_api  # noqa: PLC0415  as above
    from apps.webhooks import api as webhooks_api  # noqa: PLC0415  as above
    from apps.work import api as work_api  # noqa: PLC0415  as above

    tenants_api.use_second_factors(auth_api.has_second_factor)
    staff_api.also_end(auth_api.end_actings_of)
    events.listen(webhooks_api.scribe)
    audit_api.find_owners_by({**work_api.OWNERS, **webhooks_api.OWNERS, **auth_api.OWNERS})


def the_gate() -> Gate:
    """Make the gate: revocation and limits in Redis, the truth from the apps that own it."""
    from apps.auth import api as auth_api  # noqa: PLC0415  once the apps are ready

    lease_seconds = settings.REQUEST_TIMEOUT_MS / 1000 + LEASE_SLACK_SECONDS
    store = GateStore(settings.REDIS_URL, timeout_ms=settings.GATE_TIMEOUT_MS)
    return Gate(store, truth_of=auth_api.truth_of, lease_seconds=lease_seconds)


def the_tracing() -> Tracing:
    """Make what keeps traces; it connects when there is something to send."""
    # Here, so that who keeps no traces does without OpenTelemetry's SDK.
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415  as said
    from opentelemetry.util.re import parse_env_headers  # noqa: PLC0415  as said

    from novapulse.telemetry.otlp import OtlpDestination, OtlpOptions  # noqa: PLC0415  as said

    resource = Resource.create(
        {
            "service.name": settings.SERVICE_NAME,
            "service.version": settings.LOG_CONSTANT["version"],
            "service.instance.id": socket.gethostname(),
            "deployment.environment.name": settings.ENVIRONMENT,
            "cloud.region": settings.AWS_REGION,
        }
    )
    headers = parse_env_headers(settings.OTEL_EXPORTER_OTLP_HEADERS, liberal=True)
    options = OtlpOptions(settings.OTEL_EXPORTER_OTLP_ENDPOINT, resource, headers)
    shipper = Shipper("otlp", OtlpDestination(options), bounds=traces.BOUNDS, limits=traces.LIMITS)
    return Tracing(Sampler(settings.TRACE_RATIO), shipper)


def the_watch() -> Watch:
    """Make what keeps the gate of a serving process up to date; whoever serves starts it."""
    from apps.auth import api as auth_api  # noqa: PLC0415  as above
    from apps.tenants import api as tenants_api  # noqa: PLC0415  as above

    source = Source(
        pending=tenants_api.pending_changes,
        settle=tenants_api.settle_changes,
        forget_keys=auth_api.forget_keys,
        tidy=auth_api.tidy,
    )
    return Watch(gate.current(), source=source)


def mongo_options() -> MongoOptions:
    """Give the options of the settings, with the listeners: they look at every command again, count it, time it."""
    planner = Planner(settings.MONGO_URI, application=settings.SERVICE_NAME)
    slow_queries = SlowQueries(planner, slow_seconds=settings.SLOW_QUERY_MS / _MILLISECONDS)
    return MongoOptions(
        uri=settings.MONGO_URI,
        max_pool_size=settings.MONGO_MAX_POOL_SIZE,
        min_pool_size=settings.MONGO_MIN_POOL_SIZE,
        max_idle_ms=settings.MONGO_MAX_IDLE_TIME_MS,
        server_selection_ms=settings.MONGO_SERVER_SELECTION_TIMEOUT,
        socket_ms=settings.MONGO_SOCKET_TIMEOUT,
        read_preference=settings.MONGO_READ_PREFERENCE,
        application=settings.SERVICE_NAME,
        listeners=(TenancyGuard(settings.PLATFORM_COLLECTIONS), CommandAccount(), slow_queries),
    )


def sqs_options() -> SqsOptions:
    """Give the options of the settings."""
    return SqsOptions(
        region=settings.AWS_REGION,
        endpoint_url=settings.AWS_ENDPOINT_URL,
        probe_queue=f"{settings.QUEUE_PREFIX}-{settings.QUEUES[0]}",
        answer_ms=settings.SQS_TIMEOUT_MS,
        application=settings.SERVICE_NAME,
        credentials=settings.AWS_CREDENTIALS,
    )


def cloudwatch_options() -> CloudWatchOptions:
    """Give the options of the settings, for the handlers of the setting LOGGING."""
    return CloudWatchOptions(
        region=settings.AWS_REGION,
        endpoint_url=settings.AWS_ENDPOINT_URL,
        retention_days=settings.CLOUDWATCH_RETENTION_DAYS,
        application=settings.SERVICE_NAME,
        credentials=settings.AWS_CREDENTIALS,
    )


def the_queues() -> Queues:
    """Give the queues of the settings."""
    return Queues(
        prefix=settings.QUEUE_PREFIX,
        names=settings.QUEUES,
        visibility_seconds=settings.QUEUE_VISIBILITY_SECONDS,
        retention=timedelta(days=settings.QUEUE_RETENTION_DAYS),
        dead_retention=timedelta(days=settings.QUEUE_DEAD_RETENTION_DAYS),
    )


def scoped_client(**arguments: Any) -> ScopedMongoClient[dict[str, Any]]:  # noqa: ANN401  PyMongo's own
    """Make a client that scopes every command to the company of its caller."""
    return ScopedMongoClient(platform_collections=settings.PLATFORM_COLLECTIONS, **arguments)
