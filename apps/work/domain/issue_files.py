"""Issue-tracker exports as CSV (RFC 4180, UTF-8): `issuekey, title, description, storypoint`, one task a row.

A row that cannot be taken is told with its line and the reason; it never stops the rows behind it.
"""

from __future__ import annotations

import csv
import math
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.work import conf
from apps.work.errors import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

COLUMNS = ("issuekey", "title", "description", "storypoint")

_LONGEST_FIELD = 8 * 1024 * 1024  # beyond it a quote was left open, and the rest of the file would be one field
_UNDECODABLE = range(0xDC80, 0xDD00)  # what errors="surrogateescape" makes of a byte that is not UTF-8


@dataclass(frozen=True, slots=True)
class IssueRow:
    """One issue of the file; `line` is where it begins, 1 being the header."""

    line: int
    external_key: str
    title: str
    description: str
    points: float | None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not taken."""

    line: int
    code: str
    detail: str


class _BadRow(Exception):  # noqa: N818  travels no further than this module
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def read_issues(file: TextIO) -> Iterator[IssueRow | BadRow]:
    """Read the rows in order.

    The file is opened with `newline=""`, `encoding="utf-8-sig"`, `errors="surrogateescape"`.

    Raises UnreadableFile where the header lacks a column.
    """
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(file, strict=True)
    places = _places(reader)
    seen: dict[str, int] = {}
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadRow(line, "malformed-csv", f"This is not CSV: {error}.")
            continue
        if cells:
            yield _row(line, cells=cells, places=places, seen=seen)


def _places(reader: Iterator[list[str]]) -> dict[str, int]:
    try:
        header = [name.strip().lower() for name in next(reader, [])]
    except csv.Error as error:
        raise UnreadableFile(f"The header is not CSV: {error}.") from error
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise UnreadableFile(f"The header lacks {', '.join(missing)}; it must name {', '.join(COLUMNS)}.")
    return {name: header.index(name) for name in COLUMNS}


def _row(line: int, *, cells: list[str], places: dict[str, int], seen: dict[str, int]) -> IssueRow | BadRow:
    try:
        row = _parsed(line, cells=cells, places=places)
    except _BadRow as bad:
        return BadRow(line, bad.code, str(bad))
    first = seen.setdefault(row.external_key, line)
    if first != line:
        return BadRow(line, "duplicate-key", f"{row.external_key} stands in line {first} already.")
    return row


def _parsed(line: int, *, cells: list[str], places: dict[str, int]) -> IssueRow:
    if len(cells) <= max(places.values()):
        raise _BadRow("missing-cells", f"The row has {len(cells)} cells, fewer than the header.")
    named = {name: unicodedata.normalize("NFC", cells[place]) for name, place in places.items()}
    for name, value in named.items():
        _check_text(name, value)
    return IssueRow(
        line=line,
        external_key=_key(named["issuekey"].strip()),
        title=_filled("title", named["title"].strip(), longest=conf.TITLE_MAX),
        description=_within("description", named["description"].strip(), longest=conf.DESCRIPTION_MAX),
        points=_points(named["storypoint"].strip()),
    )


def _check_text(name: str, value: str) -> None:
    if "\0" in value:
        raise _BadRow("invalid-text", f"{name} holds a NUL character.")
    if any(ord(character) in _UNDECODABLE for character in value):
        raise _BadRow("invalid-text", f"{name} is not UTF-8.")


def _within(name: str, value: str, *, longest: int) -> str:
    if len(value) > longest:
        raise _BadRow("too-long", f"{name} has {len(value)} characters; at most {longest} are taken.")
    return value


def _filled(name: str, value: str, *, longest: int) -> str:
    if not value:
        raise _BadRow("missing", f"{name} is empty.")
    return _within(name, value, longest=longest)


def _key(value: str) -> str:
    if "," in value:
        raise _BadRow("invalid-key", "issuekey has a comma, by which filters join keys.")
    return _filled("issuekey", value, longest=conf.EXTERNAL_KEY_MAX)


def _points(value: str) -> float | None:
    if not value:
        return None
    try:
        points = float(value)
    except ValueError:
        raise _BadRow("invalid-number", f"storypoint {value[:20]!r} is not a number.") from None
    if not math.isfinite(points) or not 0 <= points <= conf.POINTS_MAX:
        raise _BadRow("invalid-number", f"storypoint {value[:20]!r} is not between 0 and {conf.POINTS_MAX}.")
    return points
