"""docs/slo.md."""

from apps.operations.domain import slo_page
from apps.operations.domain.alarms import ALARMS
from apps.operations.domain.slos import SLOS


def test_every_level_and_every_alarm_has_a_row() -> None:
    text = slo_page.text()

    assert all(f"| [{slo.name}](runbooks/{slo.name}.md) | {slo.objective:.1%} |" in text for slo in SLOS)
    assert all(f"| [{alarm.name}](runbooks/{alarm.name}.md) | " in text for alarm in ALARMS)
    assert "14.4 times as fast as it may within 1h" in text
