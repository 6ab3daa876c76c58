"""What other apps, and the wiring, may ask of observability."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from apps.observability.conf import CLOUDWATCH_NAMESPACE
from apps.observability.domain import business, request_metrics, standing, traffic
from apps.observability.domain.pulse import OTHER, SLOT_SECONDS, PulseThread
from apps.observability.domain.pulse_reading import CompanyRequests, Moment, Requests, moments, routes, together
from apps.observability.domain.pulse_reading import companies as busiest_companies
from apps.observability.domain.request_metrics import NO_ROUTE
from apps.observability.domain.traffic import Request
from apps.observability.errors import NothingLogged
from novapulse.telemetry import call_metrics, calls, neighbours
from novapulse.telemetry.emf import Writer
from novapulse.telemetry.emf_thread import EmfThread

__all__ = [
    "CLOUDWATCH_NAMESPACE",
    "NO_ROUTE",
    "OTHER",
    "SLOT_SECONDS",
    "CompanyRequests",
    "Moment",
    "Request",
    "Requests",
    "beat",
    "busiest_companies",
    "imported",
    "join_neighbours",
    "measure",
    "moments",
    "routes",
    "signed_up",
    "tasks_closed",
    "tasks_created",
    "tell_cloudwatch",
    "together",
    "traffic_by_company",
]


def measure() -> None:
    """Count calls and requests, and have those who collect see how this process stands; once per process."""
    calls.listen(call_metrics.measure)
    request_metrics.observe()
    standing.observe()


def tell_cloudwatch() -> None:
    """Have this process write its metrics for CloudWatch, where METRICS_EMF_SECONDS says how often."""
    if settings.METRICS_EMF_SECONDS:
        EmfThread(_writer, seconds=settings.METRICS_EMF_SECONDS).start()


def _writer() -> Writer:
    base = {"service": settings.SERVICE_NAME, "environment": settings.ENVIRONMENT}
    return Writer(namespace=CLOUDWATCH_NAMESPACE, base=base)


def join_neighbours() -> None:
    """Let the other processes of this server tell of this one; whoever serves does so."""
    neighbours.join()


def traffic_by_company(*, of: str | None) -> dict[str, list[Request]]:
    """Give what each company has asked for, by its id, as the log files of this machine tell (LOG_DIR).

    of: the id of the one company that is wanted, None for all.

    Raises NotFound where there are none.
    """
    if not settings.LOG_DIR:
        raise NothingLogged("LOG_DIR is not set: this machine has no log files to look into.")
    return traffic.by_company(folder=Path(settings.LOG_DIR), of=of)


def beat() -> None:
    """Let all processes' figures of requests tell of this one's as well; whoever serves does so."""
    PulseThread().start()


def signed_up() -> None:
    """Count a company that has signed up."""
    business.count("novapulse.signups")


def tasks_created(times: int = 1) -> None:
    """Count tasks, once they are committed."""
    business.count("novapulse.tasks.created", times)


def tasks_closed(times: int = 1) -> None:
    """Count tasks that are set to done or cancelled, once that is committed."""
    business.count("novapulse.tasks.closed", times)


def imported() -> None:
    """Count an import."""
    business.count("novapulse.imports")
