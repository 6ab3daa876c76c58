"""What is logged, and where it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.settings import cloudwatch
from novapulse import __version__, environ
from novapulse.log.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE_VERSION = environ.text(
    "SERVICE_VERSION", __version__, "Which release this is, such as a git commit; shown in logs."
)
LOG_LEVEL = environ.text(
    "LOG_LEVEL", "INFO", "Least level that is logged.", choices=("DEBUG", "INFO", "WARNING", "ERROR")
)
LOG_DIR = environ.text(
    "LOG_DIR",
    "",
    "Folder for application.log, error.log and audit.log, beside the standard error; where empty, there are no files. "
    "On a developer's machine it is the folder of the local servers' logs.",
)
LOG_QUERIES = environ.flag(
    "LOG_QUERIES",
    False,  # noqa: FBT003  a flag has no other type
    "Whether the line of every request names its calls to stores; without it, of those that failed or were slow.",
)
SLOW_QUERY_MS = environ.milliseconds(
    "SLOW_QUERY_MS", 100, "A command that MongoDB takes this long for is logged, with its plan."
)
_LAMBDA = environ.text(
    "AWS_LAMBDA_FUNCTION_NAME", "", "Set by AWS Lambda: logs then go to the standard output, line by line."
)


def logging_to(*, console: str, folder: str, constant: Mapping[str, str]) -> dict[str, Any]:
    """Give the setting LOGGING; on AWS Lambda there are neither threads nor files that outlive an answer."""
    log_group = cloudwatch.LOG_GROUP
    if _LAMBDA:
        console, folder, log_group = "plain-stdout", "", ""
    streams = Streams(level=LOG_LEVEL, constant=constant, folder=folder, console=console)
    return cloudwatch.shipped(streams.configuration(), log_group=log_group)
