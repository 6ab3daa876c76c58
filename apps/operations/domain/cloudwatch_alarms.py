"""infra/observability/cloudwatch-alarms.json: the arguments of PutMetricAlarm and PutCompositeAlarm.

`${SERVICE}` and `${ENVIRONMENT}` are what SERVICE_NAME and ENVIRONMENT are there, `${TOPIC}` is whom to tell, a topic
of SNS: `envsubst` fills them in.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from apps.observability import api as observability_api
from apps.operations.domain import runbooks
from apps.operations.domain.alarms import ALARMS
from apps.operations.domain.slos import BURNS, SLOS
from novapulse.telemetry.catalogue import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from apps.operations.domain.alarms import Alarm
    from apps.operations.domain.slos import Burn, Slo

_MINUTE: Final = 60
_PREFIX: Final = "${SERVICE}-${ENVIRONMENT}"
_QUIET: Final = "notBreaching"  # where nothing happens nothing is told


def text() -> str:
    """Give the file."""
    plain = [described for alarm in ALARMS for described in _alarm(alarm)]
    burns = [described for slo in SLOS for burn in BURNS for described in _windows(slo, burn)]
    both = [_composite(slo, burn) for slo in SLOS for burn in BURNS]
    return json.dumps({"metric_alarms": [*plain, *burns], "composite_alarms": both}, indent=2) + "\n"


def _alarm(alarm: Alarm) -> Iterator[dict[str, Any]]:
    metric, is_count = alarm.measured(), alarm.measured().kind is Kind.COUNTER
    for chosen in alarm.combinations():
        suffix = "".join(f"-{value}" for value in chosen.values())
        yield {
            "AlarmName": f"{_PREFIX}-{alarm.name}{suffix}",
            "AlarmDescription": f"{alarm.title} {alarm.advice} {runbooks.page_of(alarm)}",
            "Namespace": observability_api.CLOUDWATCH_NAMESPACE,
            "MetricName": metric.name,
            "Dimensions": _dimensions(chosen),
            "Statistic": "Sum" if is_count else "Maximum",
            "Period": 5 * _MINUTE if is_count else _MINUTE,
            "EvaluationPeriods": 1 if is_count else alarm.minutes,
            "Threshold": float(alarm.above),
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": _QUIET,
            "AlarmActions": ["${TOPIC}"],
        }


def _windows(slo: Slo, burn: Burn) -> Iterator[dict[str, Any]]:
    for window, seconds in ((burn.long, burn.long_seconds), (burn.short, burn.short_seconds)):
        yield {
            "AlarmName": f"{_PREFIX}-{slo.name}-{burn.long}-within-{window}",
            "AlarmDescription": f"{slo.title} Within {window} the budget burns {burn.rate:g} times as fast as it may.",
            "Metrics": [*_errors(slo, seconds=seconds)],
            "EvaluationPeriods": 1,
            "Threshold": round(burn.rate * slo.budget, 6),
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": _QUIET,
            "ActionsEnabled": False,
        }


def _errors(slo: Slo, *, seconds: int) -> Iterator[dict[str, Any]]:
    """Give the share that was bad, as metric math over what the lines of EMF tell."""
    yield _query("total", f"{slo.metric}.count", {}, seconds=seconds)
    if slo.bad is None:
        yield _query("good", f"{slo.metric}.good", {}, seconds=seconds)
        expression = "IF(total > 0, 1 - FILL(good, 0) / total, 0)"
    else:
        label, value = slo.bad
        yield _query("bad", f"{slo.metric}.count", {label: value}, seconds=seconds)
        expression = "IF(total > 0, FILL(bad, 0) / total, 0)"
        if slo.refused:
            yield _query("refused", slo.refused, {}, seconds=seconds)
            refused = "FILL(refused, 0)"
            expression = f"(FILL(bad, 0) + {refused}) / (FILL(total, 0) + {refused} + 0.000001)"
    yield {"Id": "errors", "Expression": expression, "Label": slo.name, "ReturnData": True}


def _query(name: str, metric: str, labels: Mapping[str, str], *, seconds: int) -> dict[str, Any]:
    found = {
        "Namespace": observability_api.CLOUDWATCH_NAMESPACE,
        "MetricName": metric,
        "Dimensions": _dimensions(labels),
    }
    return {"Id": name, "MetricStat": {"Metric": found, "Period": seconds, "Stat": "Sum"}, "ReturnData": False}


def _composite(slo: Slo, burn: Burn) -> dict[str, Any]:
    name = f"{_PREFIX}-{slo.name}-{burn.long}"
    burning = f"The budget burns {burn.rate:g} times as fast as it may"
    windows = (f'ALARM("{name}-within-{window}")' for window in (burn.long, burn.short))
    return {
        "AlarmName": f"{name}-{burn.severity}",
        "AlarmDescription": f"{slo.title} {burning}, and still does. {runbooks.page_of(slo)}",
        "AlarmRule": " AND ".join(windows),
        "AlarmActions": ["${TOPIC}"],
    }


def _dimensions(labels: Mapping[str, str]) -> list[dict[str, str]]:
    named = {"service": "${SERVICE}", "environment": "${ENVIRONMENT}", **labels}
    return [{"Name": name, "Value": value} for name, value in named.items()]
