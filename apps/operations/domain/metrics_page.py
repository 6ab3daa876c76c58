"""docs/metrics.md, out of the catalogue of metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from novapulse.telemetry import catalogue, prometheus

if TYPE_CHECKING:
    from novapulse.telemetry.catalogue import Metric

_HEAD = """# Metrics

Made by `make docs` from `novapulse/telemetry/measures.py` and `apps/observability/domain/business.py`; do not edit.

`GET /metrics` with `OPERATOR_TOKEN` as bearer token gives them in Prometheus' text format, of every process that the
same server has started: each series says by `process` of which. A worker gives its own on `METRICS_PORT`.

CloudWatch gets them as lines of its embedded metric format on the standard output (`METRICS_EMF_SECONDS`), with the
labels in **bold** as dimensions, beside `service` and `environment`. Of a histogram it gets `.count`, `.sum`, `.p50`,
`.p99`, and `.good` where one is named: how many were within it.

To Prometheus, one target per server and one per worker:

```yaml
scrape_configs:
  - job_name: novapulse
    authorization: {credentials_file: /run/secrets/operator_token}
    static_configs: [{targets: ["api.internal:8000", "worker.internal:9100"]}]
```

By whatever name or address: `ALLOWED_HOSTS` does not hold for `/metrics`. It is answered over plain HTTP as well, on
which the operator token can be read: let nobody from outside reach these ports.

Why it is like this: [ADR 0018](adr/0018-metrics.md). What is made of it: [service levels](slo.md).

| Metric | Prometheus | Kind | Unit | Labels | What it is |
|---|---|---|---|---|---|
"""


def text() -> str:
    """Give the page."""
    return _HEAD + "".join(_row(metric) for metric in catalogue.metrics())


def _row(metric: Metric) -> str:
    labels = ", ".join(f"**{label}**" if label in metric.dimensions else label for label in metric.labels)
    good = "" if metric.good is None else f" Good: up to {metric.good:g} {metric.unit}."
    unit = metric.unit.strip("{}")
    name = prometheus.name_of(metric)
    return f"| `{metric.name}` | `{name}` | {metric.kind} | {unit} | {labels} | {metric.meaning}{good} |\n"
