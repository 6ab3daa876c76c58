"""infra/observability/prometheus-rules.yml: the alarms as Prometheus evaluates them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from apps.operations.domain import runbooks
from apps.operations.domain.alarms import ALARMS
from apps.operations.domain.slos import BURNS, SLOS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apps.operations.domain.alarms import Alarm
    from apps.operations.domain.slos import Burn, Slo

_HEAD = "# Made by `make docs` from apps/operations/domain; do not edit. Load it by `rule_files`.\ngroups:\n"


def text() -> str:
    """Give the file."""
    levels = [line for slo in SLOS for burn in BURNS for line in _burn(slo, burn)]
    causes = [line for alarm in ALARMS for line in _alarm(alarm)]
    groups = ["  - name: novapulse-slo", "    rules:", *levels, "  - name: novapulse", "    rules:", *causes]
    return _HEAD + "\n".join(groups) + "\n"


def _burn(slo: Slo, burn: Burn) -> Iterator[str]:
    most = f"{burn.rate * slo.budget:.6g}"
    expression = f"{slo.errors(burn.long)} > {most} and {slo.errors(burn.short)} > {most}"
    name = f"NovaPulse-{slo.name}-{burn.long}"
    summary = f"{slo.title} ({burn.rate:g}x budget)"
    yield from _rule(name, expression, hold="2m", severity=burn.severity, notes=_notes(slo, summary))


def _alarm(alarm: Alarm) -> Iterator[str]:
    name, summary, hold = f"NovaPulse-{alarm.name}", f"{alarm.title} {alarm.advice}", f"{alarm.minutes}m"
    yield from _rule(name, alarm.promql(), hold=hold, severity=alarm.severity, notes=_notes(alarm, summary))


def _rule(name: str, expression: str, *, hold: str, severity: str, notes: str) -> Iterator[str]:
    yield f"      - alert: {name}"
    yield f"        expr: {json.dumps(expression)}"  # a JSON string is one of YAML
    yield f"        for: {hold}"
    yield f"        labels: {{severity: {severity}}}"
    yield f"        annotations: {{{notes}}}"


def _notes(cause: runbooks.Cause, summary: str) -> str:
    return f"summary: {json.dumps(summary)}, runbook: {runbooks.page_of(cause)}"
