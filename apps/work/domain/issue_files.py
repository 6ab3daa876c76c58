"""Exports of issue trackers as CSV (RFC 4180, UTF-8), one task a row; `issue_shapes` knows their headers.

A row that cannot be taken is told with its line and the reason; it never stops the rows behind it. A word or a person
of the other tracker that we do not know is left out of its row, and told as well.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from apps.work import conf
from apps.work.domain import issue_cells, issue_shapes
from apps.work.domain.issue_cells import BadCell
from apps.work.domain.issue_rows import BadRow, IssueRow, Remark
from apps.work.enums import TaskPriority, TaskStatus
from apps.work.errors import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TextIO

    from apps.work.domain.issue_shapes import Layout

_LONGEST_FIELD: Final = 8 * 1024 * 1024  # beyond it a quote was left open, and the rest of the file would be one field
_UNDECODABLE: Final = re.compile("[\udc80-\udcff]")  # what errors="surrogateescape" makes of a byte that is not UTF-8
_WORDS: Final[Mapping[str, Callable[[str], str | None]]] = {
    "status": issue_cells.status,
    "priority": issue_cells.priority,
}
_NO_MAPPING: Final[Mapping[str, str]] = {}


def read_issues(file: TextIO, *, mapping: Mapping[str, str] = _NO_MAPPING) -> Iterator[IssueRow | BadRow]:
    """Read the rows in order.

    The file is opened with `newline=""`, `encoding="utf-8-sig"`, `errors="surrogateescape"`. mapping: for columns that
    `issue_shapes` does not know, the fields that they are.

    Raises UnreadableFile where it is no CSV with a header that is understood, or has more than `IMPORT_ROWS_MAX` rows.
    """
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(file, strict=True)
    rows = _Rows(issue_shapes.layout(_header(reader), mapping=mapping))
    for count, (line, cells) in enumerate(_lines(reader), 1):
        if count > conf.IMPORT_ROWS_MAX:
            raise UnreadableFile(f"The file has more than {conf.IMPORT_ROWS_MAX} rows; split it.")
        yield cells if isinstance(cells, BadRow) else rows.row(line, cells)


def _header(reader: Iterator[list[str]]) -> list[str]:
    try:
        header = next(reader, [])
    except csv.Error as error:
        raise UnreadableFile(f"The header is not CSV: {error}.") from error
    text = "".join(header)
    if "\0" in text or _UNDECODABLE.search(text):
        raise UnreadableFile("The file is not UTF-8; save it in that encoding.")
    return header


def _lines(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str] | BadRow]]:
    while True:
        line = reader.line_num + 1  # type: ignore[attr-defined]  # a csv.reader, whose type has no name
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, BadRow(line, "malformed-csv", f"This is not CSV: {error}.")
            continue
        if cells:
            yield line, cells


@dataclass(frozen=True, slots=True)
class _Rows:
    """Makes rows of cells, and knows which keys there have been."""

    layout: Layout
    seen: dict[str, int] = field(default_factory=dict)

    def row(self, line: int, cells: list[str]) -> IssueRow | BadRow:
        try:
            row = self._parsed(line, cells)
        except BadCell as bad:
            return BadRow(line, bad.code, str(bad))
        first = self.seen.setdefault(row.external_key, line)
        if first != line:
            return BadRow(line, "duplicate-key", f"{row.external_key} stands in line {first} already.")
        return row

    def _parsed(self, line: int, cells: list[str]) -> IssueRow:
        texts = self._texts(cells)
        one = {name: found[0].strip() for name, found in texts.items()}
        words = {name: read(one[name]) for name, read in _WORDS.items() if one.get(name)}
        unknown = [name for name, word in words.items() if word is None]
        return IssueRow(
            line=line,
            external_key=issue_cells.key(one["external_key"]),
            title=issue_cells.filled("title", one["title"], longest=conf.TITLE_MAX),
            description=self._description(texts.get("description", [""])[0]),
            points=issue_cells.points(one.get("points", "")),
            status=words.get("status") or TaskStatus.TODO.value,
            priority=words.get("priority") or TaskPriority.NONE.value,
            labels=issue_cells.labels(texts.get("labels", []), noise=self.layout.shape.label_noise),
            due_at=issue_cells.due_at(one.get("due_at", "")),
            assignee=one.get("assignee", ""),
            remarks=tuple(Remark(line, f"unknown-{name}", _left_out(name, one[name])) for name in unknown),
        )

    def _texts(self, cells: list[str]) -> dict[str, list[str]]:
        if len(cells) <= max(places[-1] for places in self.layout.places.values()):
            raise BadCell("missing-cells", f"The row has {len(cells)} cells, fewer than the header.")
        return {
            name: [self._text(name, cells[place]) for place in places] for name, places in self.layout.places.items()
        }

    def _text(self, name: str, cell: str) -> str:
        if "\0" in cell:
            raise BadCell("invalid-text", f"{name} holds a NUL character.")
        if _UNDECODABLE.search(cell):
            raise BadCell("invalid-text", f"{name} is not UTF-8.")
        text = unicodedata.normalize("NFC", cell)
        return issue_cells.restored(text) if self.layout.shape.is_verbatim else text

    def _description(self, text: str) -> str:
        whole = text if self.layout.shape.is_verbatim else text.strip()
        return issue_cells.within("description", whole, longest=conf.DESCRIPTION_MAX)


def _left_out(name: str, text: str) -> str:
    return f"The {name} {text[:50]!r} is not known here and was left out."
