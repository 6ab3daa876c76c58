"""Cells of exports: how each field of a task is read out of its text, and how our own exports write one.

A cell that begins with a character by which spreadsheets know a formula gets an apostrophe in front when it is written
(OWASP, "CSV Injection"), and loses that when it is read, so that nothing is changed by the way.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from apps.work import conf
from apps.work.enums import TaskPriority, TaskStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")  # apostrophes too: what had them already gets one more
_JIRA_TIMES: Final = ("%d/%b/%y %I:%M %p", "%d/%b/%y")

_STATUSES: Final[Mapping[str, TaskStatus]] = MappingProxyType(
    {
        **{status.value: status for status in TaskStatus},
        **dict.fromkeys(
            ("to_do", "open", "opened", "reopened", "new", "backlog", "selected_for_development"), TaskStatus.TODO
        ),
        **dict.fromkeys(("doing", "started", "in_development"), TaskStatus.IN_PROGRESS),
        **dict.fromkeys(("in_review", "code_review", "testing", "in_testing", "qa"), TaskStatus.REVIEW),
        **dict.fromkeys(("closed", "resolved", "complete", "completed", "merged", "fixed"), TaskStatus.DONE),
        **dict.fromkeys(("canceled", "rejected", "won't_do", "won't_fix", "wontfix"), TaskStatus.CANCELLED),
    }
)
_PRIORITIES: Final[Mapping[str, TaskPriority]] = MappingProxyType(
    {
        **{priority.value: priority for priority in TaskPriority},
        **dict.fromkeys(("highest", "blocker", "critical"), TaskPriority.URGENT),
        "major": TaskPriority.HIGH,
        "normal": TaskPriority.MEDIUM,
        **dict.fromkeys(("minor", "lowest", "trivial"), TaskPriority.LOW),
    }
)


class BadCell(Exception):  # noqa: N818  travels no further than `issue_files`
    """A cell that cannot be taken, and so its row."""

    def __init__(self, code: str, detail: str) -> None:
        """Take the word for programs and the sentence for people."""
        super().__init__(detail)
        self.code = code


def neutral(text: str) -> str:
    """Write a text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def restored(text: str) -> str:
    """Read what `neutral` has written."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def status(text: str) -> str | None:
    """Give the status that a tracker's word means; None for a word that we do not know."""
    return _STATUSES.get(_word(text))


def priority(text: str) -> str | None:
    """Give the priority that a tracker's word means; None for a word that we do not know."""
    return _PRIORITIES.get(_word(text))


def filled(name: str, text: str, *, longest: int) -> str:
    """Take a text that must not be empty."""
    if not text:
        raise BadCell("missing", f"{name} is empty.")
    return within(name, text, longest=longest)


def within(name: str, text: str, *, longest: int) -> str:
    """Take a text of so many characters."""
    if len(text) > longest:
        raise BadCell("too-long", f"{name} has {len(text)} characters; at most {longest} are taken.")
    return text


def key(text: str) -> str:
    """Take an external key."""
    if "," in text:
        raise BadCell("invalid-key", "The key has a comma, by which filters join keys.")
    return filled("The key", text, longest=conf.EXTERNAL_KEY_MAX)


def labels(texts: Iterable[str], *, noise: str) -> tuple[str, ...]:
    """Take labels out of any number of cells, each with any number of them, joined by commas.

    noise: a pattern of what is cut off a label's end.
    """
    each = (part.strip() for text in texts for part in text.split(","))
    parts = (re.sub(noise, "", part) if noise else part for part in each)
    found = tuple(dict.fromkeys(within("A label", part, longest=conf.LABEL_MAX) for part in parts if part))
    if len(found) > conf.LABELS_MAX:
        raise BadCell("too-many", f"The row has {len(found)} labels; at most {conf.LABELS_MAX} are taken.")
    return found


def points(text: str) -> float | None:
    """Take a number of points; None out of an empty cell."""
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        raise BadCell("invalid-number", f"{text[:20]!r} is not a number of points.") from None
    if not math.isfinite(found) or not 0 <= found <= conf.POINTS_MAX:
        raise BadCell("invalid-number", f"{text[:20]!r} points are not between 0 and {conf.POINTS_MAX}.")
    return found


def due_at(text: str) -> datetime | None:
    """Take a moment in UTC to the millisecond, by ISO 8601 or as Jira writes it; None out of an empty cell."""
    if not text:
        return None
    try:
        found = _moment(text)
        in_utc = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadCell("invalid-date", f"{text[:30]!r} is not a date such as 2026-01-31.") from None
    return in_utc - timedelta(microseconds=in_utc.microsecond % 1000)


def _moment(text: str) -> datetime:
    for form in _JIRA_TIMES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return datetime.fromisoformat(text)


def _word(text: str) -> str:
    return text.strip().lower().replace(" ", "_").replace("-", "_")
