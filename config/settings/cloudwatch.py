"""The streams of the log, sent to CloudWatch as well."""

from __future__ import annotations

from typing import Any, Final

from novapulse import environ
from novapulse.log.streams import AUDIT

LOG_GROUP = environ.text(
    "CLOUDWATCH_LOG_GROUP",
    "",
    "What our log groups in CloudWatch begin with, such as novapulse/production, to which /application, /error and "
    "/audit are added. Where empty, and on AWS Lambda, nothing is sent there.",
)
RETENTION_DAYS = environ.number(
    "CLOUDWATCH_RETENTION_DAYS",
    30,
    "How many days a log group that we make keeps its lines; one that is there already keeps its own rule.",
)

_APPLICATION, _ERROR, _AUDIT = "cloudwatch_application", "cloudwatch_error", "cloudwatch_audit"

# Others CloudWatch does not take.
_RETENTIONS: Final = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288)

if RETENTION_DAYS not in _RETENTIONS:
    raise environ.MalformedVariable(
        f"CLOUDWATCH_RETENTION_DAYS={RETENTION_DAYS} cannot be read: expected one of "
        f"{', '.join(map(str, _RETENTIONS))}."
    )


def shipped(configuration: dict[str, Any], *, log_group: str) -> dict[str, Any]:
    """Give the setting LOGGING with a handler more for each stream; as it is where there is no group."""
    if not log_group:
        return configuration
    configuration["handlers"] |= {
        _APPLICATION: _handler(f"{log_group}/application"),
        _ERROR: {**_handler(f"{log_group}/error"), "level": "ERROR"},
        _AUDIT: _handler(f"{log_group}/audit"),
    }
    configuration["root"]["handlers"] += [_APPLICATION, _ERROR]
    configuration["loggers"][AUDIT]["handlers"].append(_AUDIT)
    return configuration


def _handler(log_group: str) -> dict[str, Any]:
    return {
        "class": "novapulse.telemetry.cloudwatch.CloudWatchHandler",
        "log_group_name": log_group,
        "formatter": "json",
    }
