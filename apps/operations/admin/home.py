"""The parts of the start page (docs/admin.md): how the platform is, over all processes and hosts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bson import ObjectId
from django.urls import reverse
from pybreaker import STATE_CLOSED

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.observability import api as observability_api
from apps.resilience import api as resilience_api
from apps.tenants import api as tenants_api
from apps.tenants.api import CompanyStatus
from novapulse.queues import depths
from novapulse.web.admin.parts import Cell, Chart, Content, Figure, Line, Part, Table, part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from apps.observability.api import CompanyRequests, Moment, Requests
    from novapulse.queues.depths import Depth, Overview

_SHOWN: Final = 8  # rows of a table
_LATELY: Final = 6  # moments: a minute
_QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_COLOURS: Final = ("--color-primary-500", "--color-orange-500", "--color-red-500")
_MILLISECONDS: Final = 1000
_MINUTE_SECONDS: Final = 60
_OLD_SECONDS: Final = 15 * 60  # as the health of the queues has it
_NOTHING: Final = "-"
_NOTED: Final = "start_noted"


@part
class Companies(Part):
    """How many companies there are."""

    name = "companies"
    title = "Companies"

    def read(self, request: HttpRequest) -> Content:  # noqa: ARG002  others want it
        """Count them."""
        census = tenants_api.census()
        others = [
            Figure(status.word.capitalize(), f"{number:,}")
            for status, number in census.by_status.items()
            if number and status is not CompanyStatus.ACTIVE
        ]
        active = Figure("Active", f"{census.by_status[CompanyStatus.ACTIVE]:,}")
        return Content(figures=(active, Figure("New today", f"{census.new_today:,}", "since midnight UTC"), *others))


@part
class Breakers(Part):
    """Breakers that are not closed, or held by hand."""

    name = "breakers"
    title = "Breakers that are not closed"

    def read(self, request: HttpRequest) -> Content:  # noqa: ARG002  as above
        """Read what is held, and what processes have said within a day."""
        held = resilience_api.held_breakers()
        rows: list[tuple[str | Cell, ...]] = [
            (Cell(each.name, reverse("admin:board-breakers")), f"held {each.state} by {each.by}")
            for each in held.values()
        ]
        rows += [
            (each.name, f"{each.state} on {each.process}")
            for each in resilience_api.breaker_reports()
            if each.state != STATE_CLOSED
        ]
        return Content(table=Table(("Breaker", "State"), rows[:_SHOWN], "All are closed."))


@part
class Traffic(Part):
    """Requests: how many, how they end, how long they take."""

    name = "traffic"
    title = "Requests"
    is_wide = True

    def read(self, request: HttpRequest) -> Content:  # noqa: ARG002  as above
        """Read the last quarter of an hour."""
        moments = observability_api.moments()
        lately = moments[-_LATELY:]
        return Content(figures=_traffic_now(lately), charts=_traffic_charts(moments))


@part
class Queues(Part):
    """What waits to be done, and what was given up."""

    name = "queues"
    title = "Queues"

    def read(self, request: HttpRequest) -> Content:  # noqa: ARG002  as above
        """Ask SQS and MongoDB; without SQS the rest is shown."""
        found = depths.overview()
        rows = [
            (each.queue, *_held(each.depth), f"{each.unfinished:,}", _age(each.oldest_unfinished_seconds))
            for each in found.queues
        ]
        columns = ("Queue", "Waiting", "In work", "Unfinished", "Oldest")
        trouble = f"SQS does not tell: {found.trouble}" if found.trouble else ""
        return Content(figures=_of_queues(found), table=Table(columns, rows, "There are no queues."), trouble=trouble)


@part
class BusiestCompanies(Part):
    """The companies that ask most."""

    name = "busiest-companies"
    title = "Busiest companies"
    explanation = "In the last five minutes; limited are requests that were beyond a company's limits."

    def read(self, request: HttpRequest) -> Content:
        """Read the last minutes; that staff look at companies is written down first, once in a session."""
        if not request.session.get(_NOTED):
            audit_api.note([Entry(Action.OPERATOR_READ, "busiest", kind="list", home=audit_api.PLATFORM)])
            request.session[_NOTED] = True
        busiest = observability_api.busiest_companies()[:_SHOWN]
        rows = [
            (cell, f"{found.count:,}", f"{found.limited:,}", f"{found.failed:,}")
            for cell, found in zip(_named(busiest), busiest, strict=True)
        ]
        return Content(table=Table(("Company", "Requests", "Limited", "Failed"), rows, "Nobody has asked."))


@part
class SlowestRoutes(Part):
    """The routes that take longest."""

    name = "slowest-routes"
    title = "Slowest routes"
    explanation = "In the last five minutes, by the time within which 95 of 100 were answered."
    is_wide = True

    def read(self, request: HttpRequest) -> Content:  # noqa: ARG002  as above
        """Read the last minutes."""
        routes = observability_api.routes()
        slowest = sorted(routes, key=lambda route: routes[route].seconds(0.95) or 0.0, reverse=True)[:_SHOWN]
        rows = [
            (_route(route), f"{found.count:,}", f"{found.failed:,}", _ms(found.seconds(0.5)), _ms(found.seconds(0.95)))
            for route, found in ((route, routes[route]) for route in slowest)
        ]
        return Content(table=Table(("Route", "Requests", "Failed", "p50", "p95"), rows, "Nobody has asked."))


def _traffic_now(lately: list[Moment]) -> tuple[Figure, ...]:
    told = [each for each in lately if each.processes]
    found = observability_api.together(told)
    seconds = len(told) * observability_api.SLOT_SECONDS
    rate = f"{found.count / seconds:,.1f}" if told else _NOTHING
    return (
        Figure("Per second", rate, "in the last minute"),
        Figure("Failed", _share(found.failed, found), "5xx", "bad" if found.failed else ""),
        Figure("Refused", _share(found.refused, found), "4xx"),
        *(Figure(name, _ms(found.seconds(quantile))) for name, quantile in _QUANTILES.items()),
        Figure("Processes", str(lately[-1].processes or _NOTHING), "that serve and tell"),
    )


def _traffic_charts(moments: list[Moment]) -> tuple[Chart, ...]:
    at = [each.at for each in moments]

    def lines(**values: list[float | None]) -> tuple[Line, ...]:
        return tuple(Line(label, each, colour) for (label, each), colour in zip(values.items(), _COLOURS, strict=False))

    rates = [each.per_second if each.processes else None for each in moments]
    refused = [each.requests.refused if each.processes else None for each in moments]
    failed = [each.requests.failed if each.processes else None for each in moments]
    durations = {
        name: [_in_ms(each.requests.seconds(quantile)) for each in moments] for name, quantile in _QUANTILES.items()
    }
    span = f"over the last {timedelta(seconds=len(moments) * observability_api.SLOT_SECONDS).seconds // 60} minutes"
    return (
        Chart("rate", "Requests per second", f"Requests per second {span}.", at, lines(requests=rates)),
        Chart(
            "errors",
            "Errors in ten seconds",
            f"Requests that were refused and that failed, {span}.",
            at,
            (Line("refused (4xx)", refused, _COLOURS[1]), Line("failed (5xx)", failed, _COLOURS[2])),
        ),
        Chart("latency", "Latency", f"Latency p50, p95 and p99 {span}.", at, lines(**durations), unit="ms"),
    )


def _of_queues(found: Overview) -> tuple[Figure, ...]:
    oldest = max((each.oldest_unfinished_seconds for each in found.queues), default=0.0)
    held = [each.depth for each in found.queues if each.depth]
    dead = sum(depth.dead + depth.dead_in_flight for depth in held)
    return (
        Figure("Unfinished", f"{sum(each.unfinished for each in found.queues):,}", "tasks, those for later included"),
        Figure("Oldest", _age(oldest), tone="bad" if oldest > _OLD_SECONDS else ""),
        Figure("Dead letters", f"{dead:,}" if held else _NOTHING, tone="bad" if dead else ""),
        Figure("Held back", str(len(found.paused) or "none"), "queues and companies paused"),
    )


def _held(depth: Depth | None) -> tuple[str, str]:
    return (f"{depth.waiting:,}", f"{depth.in_flight:,}") if depth else (_NOTHING, _NOTHING)


def _named(busiest: Sequence[CompanyRequests]) -> list[str | Cell]:
    """Name companies by their slugs, with the way to their pages; those that are gone by their ids."""
    ids = [ObjectId(each.company) for each in busiest if ObjectId.is_valid(each.company)]
    slugs = {str(company.id): company.slug for company in tenants_api.companies(ids)}
    return [
        Cell(slugs[each], reverse("admin:novapulse_tenants_company_change", args=(each,)))
        if each in slugs
        else "all others"
        if each == observability_api.OTHER
        else f"{each} (is gone)"
        for each in (found.company for found in busiest)
    ]


def _route(named: str) -> str:
    """Write method and pattern as a request has them."""
    method, _, pattern = named.partition(" ")
    if not pattern:
        return "all others"
    return f"{method} (no such route, or an asset)" if pattern == observability_api.NO_ROUTE else f"{method} /{pattern}"


def _share(number: int, requests: Requests) -> str:
    return f"{100 * number / requests.count:.3g} %" if requests.count else _NOTHING


def _in_ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * _MILLISECONDS, 1)


def _ms(seconds: float | None) -> str:
    return _NOTHING if seconds is None else f"{seconds * _MILLISECONDS:,.0f} ms"


def _age(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < _MINUTE_SECONDS else str(timedelta(seconds=round(seconds)))
