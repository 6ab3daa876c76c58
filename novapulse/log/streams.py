"""The streams and where they go: what `logging.config.dictConfig` wants to know.

- application: all that happens;
- error: what somebody should look at, which is what is logged at ERROR; it stands in the application's stream as well;
- audit: what `novapulse.audit` says, whatever the level of the others, and in no other stream.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

AUDIT: Final = "novapulse.audit"
APPLICATION_FILE: Final = "application.log"
ERROR_FILE: Final = "error.log"
AUDIT_FILE: Final = "audit.log"

# What these say at a lower level is of interest to nobody but their authors, and some of it is said for every command.
_QUIET: Final = ("pymongo", "boto3", "botocore", "urllib3", "s3transfer", "django_tasks", "concurrent_log_handler")


@dataclass(frozen=True, slots=True)
class Streams:
    """What is logged, and where.

    level: the least that is. constant: what every line says of this process. folder: where files go, none where empty.
    console: `json` or `pretty`, on the standard error; `plain-stdout` writes JSON to the standard output before it
    returns, for a process that is frozen as soon as it has answered (AWS Lambda).
    """

    level: str = "INFO"
    constant: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    console: str = "json"

    def configuration(self) -> dict[str, Any]:
        """Give the setting LOGGING."""
        files = bool(self.folder)
        return {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {"()": "novapulse.log.JsonFormatter", "constant": dict(self.constant)},
                "pretty": {"()": "novapulse.log.console.ConsoleFormatter"},
            },
            "filters": {"said_once": {"()": "novapulse.log.foreign.SaidOnce"}},
            "handlers": {"console": self._console(), **(self._files() if files else {})},
            "root": {"handlers": ["console", *(["application", "error"] if files else [])], "level": self.level},
            "loggers": {
                AUDIT: {"handlers": ["console", *(["audit"] if files else [])], "level": "INFO", "propagate": False},
                "django.request": {"level": "ERROR", "filters": ["said_once"]},  # a 4xx is the client's affair
                "opentelemetry.exporter": {
                    "level": "CRITICAL"
                },  # novapulse.telemetry.shipping tells it once, not each time
                **{name: {"level": "WARNING"} for name in _QUIET},
            },
        }

    def _console(self) -> dict[str, Any]:
        if self.console == "plain-stdout":
            return {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}
        return {"class": "novapulse.log.writing.ConsoleHandler", "formatter": self.console}

    def _files(self) -> dict[str, Any]:
        return {
            "application": self._file(APPLICATION_FILE),
            "error": {**self._file(ERROR_FILE), "level": "ERROR"},
            "audit": self._file(AUDIT_FILE),
        }

    def _file(self, name: str) -> dict[str, Any]:
        path = str(PurePath(self.folder, name))
        return {"class": "novapulse.log.writing.FileHandler", "path": path, "formatter": "json"}
