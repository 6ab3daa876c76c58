"""The words of health."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """How something is, in the words of draft-inadarei-api-health-check-06; the last is the worst."""

    PASS = "pass"  # noqa: S105  no password
    WARN = "warn"
    FAIL = "fail"
