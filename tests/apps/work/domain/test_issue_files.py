"""Reading exports: every row is either taken whole or told with line and reason."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from apps.work.domain.issue_files import BadRow, IssueRow, read_issues
from apps.work.errors import UnreadableFile

DATA = Path(__file__).parents[3] / "data"
HEADER = "issuekey,title,description,storypoint\n"


def rows_of(text: str | bytes) -> list[IssueRow | BadRow]:
    raw = text.encode() if isinstance(text, str) else text
    return list(read_issues(io.TextIOWrapper(io.BytesIO(raw), "utf-8-sig", "surrogateescape", newline="")))


def reasons(text: str | bytes) -> list[tuple[int, str]]:
    return [(row.line, row.code) for row in rows_of(text) if isinstance(row, BadRow)]


def test_row_is_taken_with_quotes_newlines_and_unicode() -> None:
    [row] = rows_of(HEADER + 'A-1,"Say ""hi""","first\nsecond, 日本 🚀",2.5\n')

    assert row == IssueRow(2, "A-1", 'Say "hi"', "first\nsecond, 日本 🚀", 2.5)


def test_line_is_where_the_row_begins_after_rows_of_several_lines() -> None:
    assert reasons(HEADER + 'A-1,t,"one\ntwo\nthree",1\nA-2,,d,1\n') == [(5, "missing")]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (b",title,d,1", "missing"),
        (b"A-1,  ,d,1", "missing"),
        (b"A-1," + b"t" * 501 + b",d,1", "too-long"),
        (b"A-1,t," + b"d" * 32_769 + b",1", "too-long"),
        (b"A" * 201 + b",t,d,1", "too-long"),
        (b'"A,1",t,d,1', "invalid-key"),
        (b"A-1,t,d,many", "invalid-number"),
        (b"A-1,t,d,nan", "invalid-number"),
        (b"A-1,t,d,-1", "invalid-number"),
        (b"A-1,t,d,1001", "invalid-number"),
        (b"A-1,t\x00u,d,1", "invalid-text"),
        (b"A-1,t,\xff\xfe,1", "invalid-text"),
        (b"A-1,t", "missing-cells"),
        (b'A-1,"t"x,d,1', "malformed-csv"),
    ],
)
def test_bad_row_is_told_and_the_next_one_is_taken(row: bytes, code: str) -> None:
    rows = rows_of(HEADER.encode() + row + b"\nB-1,good,d,\n")

    assert [type(row) for row in rows] == [BadRow, IssueRow]
    assert reasons(HEADER.encode() + row + b"\nB-1,good,d,\n") == [(2, code)]


def test_second_row_of_a_key_is_bad() -> None:
    assert reasons(HEADER + "A-1,t,d,1\nA-1,u,d,1\n") == [(3, "duplicate-key")]


def test_row_behind_an_open_quote_is_bad() -> None:
    assert [code for _, code in reasons(HEADER + 'A-1,"never closed,d,1\n')] == ["malformed-csv"]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "issuekey,title,description\n"])
def test_file_without_the_columns_is_refused(text: str) -> None:
    with pytest.raises(UnreadableFile):
        rows_of(text)


@pytest.mark.parametrize(("name", "count"), [("usergrid.csv", 40), ("springxd_hard.csv", 10), ("mesos_hard.csv", 9)])
def test_real_export_is_read_without_a_bad_row(name: str, count: int) -> None:
    rows = rows_of((DATA / name).read_bytes())

    assert all(isinstance(row, IssueRow) for row in rows)
    assert len(rows) == count
