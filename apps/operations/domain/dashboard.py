"""infra/observability/grafana-dashboard.json: the service levels, and a panel for every metric of the catalogue."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from apps.operations.domain.slos import SLOS
from novapulse.telemetry import catalogue, prometheus
from novapulse.telemetry.catalogue import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from novapulse.telemetry.catalogue import Metric

_WIDTH, _HEIGHT, _COLUMNS = 8, 8, 3  # of 24 columns
_SOURCE: Final = {"type": "prometheus", "uid": "${source}"}
_UNITS: Final = {"s": "s", "By": "bytes"}
_INSTANCE: Final = 'instance=~"$instance"'

# Rows, by how the names of their metrics begin; the last takes the rest.
_ROWS: Final = (
    ("Requests", ("http.server.", "novapulse.http.")),
    ("Companies and business", ("novapulse.company.", "novapulse.signups", "novapulse.tasks.", "novapulse.imports")),
    ("The gate and the audit", ("novapulse.gate.", "novapulse.audit.")),
    ("Stores and services outside", ("db.", "messaging.", "http.client.", "novapulse.breaker.", "novapulse.bulkhead.")),
    ("Queues", ("novapulse.queue.", "novapulse.task.")),
    ("Processes and telemetry", ("",)),
)


def text() -> str:
    """Give the file."""
    panels = [panel for title, panels in _rows() for panel in [_row(title), *panels]]
    dashboard = {
        "title": "NovaPulse",
        "uid": "novapulse",
        "tags": ["novapulse"],
        "schemaVersion": 39,
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "30s",
        "templating": {"list": [_source(), _instances()]},
        "panels": [*_placed(panels)],
    }
    return json.dumps(dashboard, indent=1) + "\n"


def _rows() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    yield "Service levels: share of failures within an hour", [_level(slo.title, slo.errors("1h")) for slo in SLOS]
    left = catalogue.metrics()
    for title, beginnings in _ROWS:
        chosen = [metric for metric in left if metric.name.startswith(beginnings)]
        left = [metric for metric in left if metric not in chosen]
        yield title, [_panel(metric) for metric in chosen]


def queries(metric: Metric) -> list[tuple[str, str]]:
    """Give what a metric's panel asks, each with its legend."""
    name, labels = prometheus.name_of(metric), [prometheus.label_of(label) for label in metric.labels]
    by, legend = ", ".join(labels), " ".join(f"{{{{{label}}}}}" for label in labels)
    if metric.kind is Kind.COUNTER:
        return [(f"sum by ({by}) (rate({name}{{{_INSTANCE}}}[$__rate_interval]))", legend)]
    if metric.kind is Kind.GAUGE:
        return [(f"max by ({by}) ({name}{{{_INSTANCE}}})", legend)]
    few = [prometheus.label_of(label) for label in metric.labels if label in metric.dimensions] or labels[:1]
    rates = f"sum by ({', '.join(['le', *few])}) (rate({name}_bucket{{{_INSTANCE}}}[$__rate_interval]))"
    shown = " ".join(f"{{{{{label}}}}}" for label in few)
    return [(f"histogram_quantile({share}, {rates})", f"p{share * 100:g} {shown}") for share in (0.5, 0.99)]


def _panel(metric: Metric) -> dict[str, Any]:
    unit = "cps" if metric.kind is Kind.COUNTER and metric.unit != "s" else _UNITS.get(metric.unit, "short")
    targets = [
        {"datasource": _SOURCE, "expr": expression, "legendFormat": legend, "refId": chr(ord("A") + place)}
        for place, (expression, legend) in enumerate(queries(metric))
    ]
    return _graph(metric.name, metric.meaning, targets, unit=unit)


def _level(title: str, expression: str) -> dict[str, Any]:
    target = {"datasource": _SOURCE, "expr": expression, "legendFormat": "share of failures", "refId": "A"}
    return _graph(title, title, [target], unit="percentunit")


def _graph(title: str, description: str, targets: list[dict[str, Any]], *, unit: str) -> dict[str, Any]:
    return {
        "type": "timeseries",
        "title": title,
        "description": description,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": targets,
    }


def _row(title: str) -> dict[str, Any]:
    return {"type": "row", "title": title, "collapsed": False}


def _placed(panels: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Lay the panels out, three beside each other, each row beginning anew."""
    x = y = 0
    for number, panel in enumerate(panels, start=1):
        is_row = panel["type"] == "row"
        if x and (is_row or x == _COLUMNS * _WIDTH):
            x, y = 0, y + _HEIGHT
        width, height = (_COLUMNS * _WIDTH, 1) if is_row else (_WIDTH, _HEIGHT)
        yield {"id": number, **panel, "gridPos": {"x": x, "y": y, "w": width, "h": height}}
        x, y = (0, y + 1) if is_row else (x + _WIDTH, y)


def _source() -> dict[str, Any]:
    return {"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}


def _instances() -> dict[str, Any]:
    return {
        "name": "instance",
        "type": "query",
        "datasource": _SOURCE,
        "query": "label_values(process_uptime_seconds, instance)",
        "includeAll": True,
        "multi": True,
        "refresh": 2,
        "current": {"text": "All", "value": "$__all"},
    }
