"""Reading exports: every row is either taken whole or told with line and reason."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.work import conf
from apps.work.domain.issue_files import read_issues
from apps.work.domain.issue_rows import BadRow, IssueRow
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


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "title,description,storypoint\n"])
def test_file_without_the_columns_is_refused(text: str) -> None:
    with pytest.raises(UnreadableFile):
        rows_of(text)


@pytest.mark.parametrize(("name", "count"), [("usergrid.csv", 40), ("springxd_hard.csv", 10), ("mesos_hard.csv", 9)])
def test_real_export_is_read_without_a_bad_row(name: str, count: int) -> None:
    rows = rows_of((DATA / name).read_bytes())

    assert all(isinstance(row, IssueRow) for row in rows)
    assert len(rows) == count


def test_jira_row_is_taken_with_its_words_and_what_is_unknown_is_told() -> None:
    header = "Summary,Issue key,Status,Priority,Labels,Labels,Story Points,Due Date,Assignee\n"
    [row] = rows_of(header + "Pay,J-1,In Review,Whatever,web,ui,5,12/Mar/26 12:00 AM,ann@acme.example\n")

    assert isinstance(row, IssueRow)
    assert (row.external_key, row.title, row.status, row.priority) == ("J-1", "Pay", "review", "none")
    assert (row.labels, row.points, row.assignee) == (("web", "ui"), 5.0, "ann@acme.example")
    assert row.due_at is not None
    assert [(remark.line, remark.code) for remark in row.remarks] == [(2, "unknown-priority")]


def test_trello_row_is_taken_with_its_list_as_the_status_and_labels_without_colours() -> None:
    header = "Card ID,Card Name,Card Description,Labels,Members,Due Date,List Name\n"
    [row] = rows_of(header + '5f,Card, text ,"bug (red),ui (sky blue)",,2026-03-12T12:00:00.000Z,Doing\n')

    assert isinstance(row, IssueRow)
    assert (row.external_key, row.description, row.labels, row.status) == ("5f", "text", ("bug", "ui"), "in_progress")


def test_github_row_is_taken() -> None:
    [row] = rows_of('number,title,state,labels,body\n12,Crash,CLOSED,"bug,help wanted",Steps\n')

    assert row == IssueRow(2, "12", "Crash", "Steps", status="done", labels=("bug", "help wanted"))


def test_row_of_ours_is_taken_to_the_letter() -> None:
    [row] = rows_of("external_key,title,description,labels\n'=1,'-t,\"  ''@x\n \",bug (red)\n")

    assert row == IssueRow(2, "=1", "-t", "  ''@x\n ", labels=("bug (red)",))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_file_of_another_encoding_is_refused_as_a_whole(encoding: str) -> None:
    with pytest.raises(UnreadableFile, match="not UTF-8"):
        rows_of((HEADER + "A-1,t,d,1\n").encode(encoding))


def test_byte_order_mark_is_no_part_of_the_header() -> None:
    assert rows_of(b"\xef\xbb\xbf" + (HEADER + "A-1,t,d,1\n").encode()) == [IssueRow(2, "A-1", "t", "d", 1.0)]


def test_file_of_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "IMPORT_ROWS_MAX", 1)

    assert len(rows_of(HEADER + "A-1,t,d,1\n")) == 1
    with pytest.raises(UnreadableFile, match="more than 1 rows"):
        rows_of(HEADER + "A-1,t,d,1\nA-2,t,d,1\n")


@given(st.binary(max_size=200))
def test_no_bytes_whatever_are_more_than_bad_rows(raw: bytes) -> None:
    for row in rows_of(HEADER.encode() + raw):
        assert isinstance(row, BadRow) or row.title
