"""Mechanisms of what the service tells about itself, each to be taken out once (see `mechanisms`)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from novapulse import context
from novapulse.log import foreign, formatter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from logging import LogRecord

    import pytest

    Patch = pytest.MonkeyPatch


def _say_what_libraries_say(patch: Patch) -> None:
    """Let the messages of other libraries through as they are, arguments and all."""
    said = foreign.fields

    def fields(record: LogRecord) -> dict[str, Any]:
        return {**said(record), "template": record.getMessage()}

    patch.setattr(formatter.foreign, "fields", fields)


def _say_what_errors_say(patch: Patch) -> None:
    """Let the messages of exceptions through, as Python's own tracebacks do."""
    patch.setattr(formatter.failure, "told", lambda error: f"{error!r} {error.__cause__!r}")


def _tell_any_method(patch: Patch) -> None:
    """Tell of the method as it was sent."""
    patch.setattr("novapulse.web.methods.told", str)


def _go_on_with_the_last_context(patch: Patch) -> None:
    """Let what is known of a thread's last request stay until it is replaced."""
    begin = context.begin_request

    def begun(request_id: str, *, traceparent: str = "") -> context.Trail:
        before = context.trail()
        started = begin(request_id, traceparent=traceparent)
        if before is not None:
            started = replace(started, company_id=before.company_id, principal=before.principal)
            context._trail.set(started)
        return started

    patch.setattr(context, "begin_request", begun)


LOG_MECHANISMS: Mapping[str, Callable[[Patch], None]] = {
    "templates": _say_what_libraries_say,
    "tracebacks": _say_what_errors_say,
    "methods": _tell_any_method,
    "context-reset": _go_on_with_the_last_context,
}
