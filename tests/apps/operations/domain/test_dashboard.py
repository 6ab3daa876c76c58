"""The dashboard: every metric has a panel, and every panel asks for what the service tells."""

import json

from apps.operations.domain import dashboard
from novapulse.telemetry import catalogue
from tests.apps.operations.domain.test_prometheus_rules import unknown_in


def test_every_metric_has_one_panel() -> None:
    titles = [panel["title"] for panel in json.loads(dashboard.text())["panels"]]

    assert {metric.name: titles.count(metric.name) for metric in catalogue.metrics()} == {
        metric.name: 1 for metric in catalogue.metrics()
    }


def test_every_panel_asks_for_what_the_service_tells() -> None:
    panels = [panel for panel in json.loads(dashboard.text())["panels"] if panel["type"] != "row"]

    unknown = {name for panel in panels for target in panel["targets"] for name in unknown_in(target["expr"])}
    assert unknown == set()


def test_no_two_panels_lie_in_the_same_place() -> None:
    panels = json.loads(dashboard.text())["panels"]
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}

    assert len(places) == len(panels) == len({panel["id"] for panel in panels})
