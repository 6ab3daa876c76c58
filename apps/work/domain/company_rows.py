"""Lines of a company's whole export, read strictly: what is stored of one is what the API would have stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from apps.work import conf
from apps.work.enums import ProjectStatus, TaskPriority, TaskStatus
from apps.work.errors import BrokenArchive

if TYPE_CHECKING:
    from collections.abc import Mapping

Document = dict[str, Any]
Check = Callable[[Any], bool]

_INT64: Final = 2**63


def _text(longest: int) -> Check:
    return lambda value: isinstance(value, str) and len(value) <= longest and _can_be_stored(value)


def _can_be_stored(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)  # half of a character


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _one_of(words: Any) -> Check:  # noqa: ANN401  an enum
    return lambda value: value in list(words)


def _count(value: Any) -> bool:  # noqa: ANN401  JSON may hold anything
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < _INT64


def _points(value: Any) -> bool:  # noqa: ANN401  as above
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= conf.POINTS_MAX


def _labels(value: Any) -> bool:  # noqa: ANN401  as above
    return isinstance(value, list) and len(value) <= conf.LABELS_MAX and all(map(_text(conf.LABEL_MAX), value))


def _moment(value: Any) -> bool:  # noqa: ANN401  as above
    return isinstance(value, str) and _read(value) is not None


_KEY = _text(10)
_ADDRESS = _or_none(_text(320))
_COMMON: Final[Mapping[str, Check]] = {"version": _count, "created_at": _moment, "updated_at": _moment}
_DESCRIBED: Final[Mapping[str, Check]] = {"description": _text(conf.DESCRIPTION_MAX), **_COMMON}

PROJECT: Final[Mapping[str, Check]] = {
    "key": _KEY,
    "name": _text(conf.PROJECT_NAME_MAX),
    "status": _one_of(ProjectStatus),
    "next_number": _count,
    **_DESCRIBED,
}
TASK: Final[Mapping[str, Check]] = {
    "project": _KEY,
    "number": _count,
    "title": _text(conf.TITLE_MAX),
    "status": _one_of(TaskStatus),
    "priority": _one_of(TaskPriority),
    "assignee": _ADDRESS,
    "reporter": _ADDRESS,
    "labels": _labels,
    "points": _or_none(_points),
    "due_at": _or_none(_moment),
    "external_key": _or_none(_text(conf.EXTERNAL_KEY_MAX)),
    **_DESCRIBED,
}
COMMENT: Final[Mapping[str, Check]] = {
    "project": _KEY,
    "task": _count,
    "author": _ADDRESS,
    "body": _text(conf.COMMENT_MAX),
    **_COMMON,
}


def taken(record: Document, *, checks: Mapping[str, Check], place: str) -> Document:
    """Give a record with its times as times; place: what the client is told where something is wrong.

    Raises BrokenArchive.
    """
    wrong = sorted({*record} ^ {*checks}) or [name for name, check in checks.items() if not check(record[name])]
    if wrong:
        raise BrokenArchive(f"{place}: {wrong[0]} is missing, unknown or not what it should be.")
    return {
        name: _read(value) if name.endswith("_at") and value is not None else value for name, value in record.items()
    }


def _read(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
