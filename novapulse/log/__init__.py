"""Structured logging: one JSON object per line, constant event names, values as fields, never a secret.

What may stand in a line is a list, not a guess: the events and their fields are in `catalogue`, and what is not there
is left out. Records of other libraries come without their values (`foreign`), tracebacks without messages (`failure`).
"""

from __future__ import annotations

import logging

from novapulse.log import catalogue
from novapulse.log.formatter import JsonFormatter
from novapulse.log.values import plain

__all__ = ["JsonFormatter", "event", "failed"]


def event(logger: logging.Logger, name: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Log the event `name`, one of the catalogue's, with those of its fields that are the catalogue's as well.

    Copies what it is given, so that nobody's values are changed here, or in the line later.
    """
    if logger.isEnabledFor(level):
        logger.log(level, name, extra={"fields": _told(name, fields)}, stacklevel=2)


def failed(logger: logging.Logger, name: str, **fields: object) -> None:
    """Log the event at ERROR, with the traceback of the exception that is being handled."""
    logger.error(name, extra={"fields": _told(name, fields)}, exc_info=True, stacklevel=2)  # noqa: LOG014  its caller is one


def _told(name: str, fields: dict[str, object]) -> dict[str, object]:
    return {each: plain(value) for each, value in catalogue.known(name, fields).items()}
