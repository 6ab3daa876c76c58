"""docs/slo.md: the service levels and alarms, for people."""

from __future__ import annotations

from apps.operations.domain import runbooks
from apps.operations.domain.alarms import ALARMS, Alarm
from apps.operations.domain.slos import BURNS, SLOS, Slo, good_of

_HEAD = """# Service levels and alarms

Made by `make docs` from `apps/operations/domain/slos.py` and `alarms.py`; do not edit. The same as data for those who
evaluate them: `infra/observability/prometheus-rules.yml`, `cloudwatch-alarms.json`; and to look at them,
`grafana-dashboard.json`. Each name leads to its page of [what to do](runbooks/README.md).

## Service levels, over 30 days

| Level | At least | What is promised | Measured by |
|---|---|---|---|
"""

_BURNS = """
Each wakes somebody (`page`) while its budget burns {page.rate:g} times as fast as it may within {page.long} and within
{page.short}, and opens a ticket at {ticket.rate:g} times within {ticket.long} and {ticket.short}.

What they cannot see: a process that answers nothing at all, whose requests are the proxy's to count; the first failure
of a kind in a process, which to Prometheus is where a series begins; for CloudWatch, what happened between the last
line of a process and its being killed. Health and metrics are asked for by programs, and count for nothing.

The delay of revocation is measured with every change, by each process, from when it was written until the process has
read it; clocks of two machines that differ go into it. Where nothing is revoked nothing is measured, and
`novapulse.gate.look.age` says how late a process would hear of it.

## Alarms

| Alarm | When | For | Severity | What to do |
|---|---|---|---|---|
"""


def text() -> str:
    """Give the page."""
    page, ticket = BURNS
    levels, alarms = (_level(slo) for slo in SLOS), (_alarm(alarm) for alarm in ALARMS)
    return _HEAD + "".join(levels) + _BURNS.format(page=page, ticket=ticket) + "".join(alarms)


def _level(slo: Slo) -> str:
    good = f"at most {good_of(slo.metric):g} s" if slo.bad is None else f"{slo.bad[0]} other than {slo.bad[1]}"
    return f"| {_linked(slo)} | {slo.objective:.1%} | {slo.title} | `{slo.metric}`: {good} |\n"


def _alarm(alarm: Alarm) -> str:
    when = f"{alarm.title} `{alarm.metric}` > {alarm.above:g}"
    return f"| {_linked(alarm)} | {when} | {alarm.minutes} min | {alarm.severity} | {alarm.advice} |\n"


def _linked(cause: runbooks.Cause) -> str:
    return f"[{cause.name}]({runbooks.page_of(cause).removeprefix('docs/')})"
