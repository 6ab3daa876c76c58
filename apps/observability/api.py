"""What other apps, and the wiring, may ask of observability."""

from __future__ import annotations

from django.conf import settings

from apps.observability.conf import CLOUDWATCH_NAMESPACE
from apps.observability.domain import business, request_metrics, standing
from novapulse.telemetry import call_metrics, calls, neighbours
from novapulse.telemetry.emf import Writer
from novapulse.telemetry.emf_thread import EmfThread

__all__ = [
    "CLOUDWATCH_NAMESPACE",
    "imported",
    "join_neighbours",
    "measure",
    "signed_up",
    "tasks_closed",
    "tasks_created",
    "tell_cloudwatch",
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
