"""docs/metrics.md."""

from apps.operations.domain import metrics_page
from novapulse.telemetry import catalogue


def test_every_metric_has_a_row_with_its_name_in_prometheus_and_its_dimensions() -> None:
    text = metrics_page.text()

    assert all(f"| `{metric.name}` |" in text for metric in catalogue.metrics())
    assert "`http_server_request_duration_seconds` | histogram | s | http.request.method, http.route" in text
    assert "**http.response.status_class**" in text
