"""Cells: words of other trackers, numbers, dates; and no formula for a spreadsheet."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.work.domain import issue_cells
from apps.work.domain.issue_cells import BadCell

STARTS = st.sampled_from(["=", "+", "-", "@", "\t", "\r", "'", "''=", "'a", "", "a"])


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "\tx", "\rx", "'=1"])
def test_formula_is_written_as_a_text(text: str) -> None:
    assert issue_cells.neutral(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=b", "'quoted'", "5-3", " =x"])
def test_text_that_is_no_formula_stays_as_it_is(text: str) -> None:
    assert issue_cells.neutral(text) == text
    assert issue_cells.restored(text) == text


@given(STARTS, st.text(max_size=20))
def test_what_is_written_is_read_again_and_no_spreadsheet_runs_it(start: str, rest: str) -> None:
    written = issue_cells.neutral(start + rest)

    assert issue_cells.restored(written) == start + rest
    assert written[:1] not in {"=", "+", "-", "@", "\t", "\r"}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("To Do", "todo"),
        ("in progress", "in_progress"),
        ("Closed", "done"),
        ("Won't Fix", "cancelled"),
        ("Blocked", None),
    ],
)
def test_status_of_a_tracker_is_one_of_ours_or_unknown(text: str, meant: str | None) -> None:
    assert issue_cells.status(text) == meant


@pytest.mark.parametrize(("text", "meant"), [("Major", "high"), ("BLOCKER", "urgent"), ("none", "none"), ("P1", None)])
def test_priority_of_a_tracker_is_one_of_ours_or_unknown(text: str, meant: str | None) -> None:
    assert issue_cells.priority(text) == meant


@pytest.mark.parametrize(
    "text", ["2026-03-12", "2026-03-12T00:00:00.000Z", "2026-03-12T01:00:00+01:00", "12/Mar/26 12:00 AM", "12/Mar/26"]
)
def test_date_is_read_as_trackers_write_it(text: str) -> None:
    assert issue_cells.due_at(text) == datetime(2026, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize("text", ["soon", "2026-13-01", "9999-12-31T23:59:59-23:00", "0001-01-01T00:00:00+23:00"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(BadCell, match="is not a date"):
        issue_cells.due_at(text)


def test_labels_are_joined_by_commas_and_each_counts_once() -> None:
    assert issue_cells.labels(["bug, ui", "", "ui"], noise="") == ("bug", "ui")
    assert issue_cells.labels(["bug (dark red),ui (blue)"], noise=r" \([a-z_ ]+\)\Z") == ("bug", "ui")


@pytest.mark.parametrize("text", ["x" * 51, ",".join(map(str, range(21)))])
def test_labels_have_their_limits(text: str) -> None:
    with pytest.raises(BadCell):
        issue_cells.labels([text], noise="")


@pytest.mark.parametrize("text", ["many", "nan", "-1", "1001", "1e400"])
def test_points_are_a_number_within_limits(text: str) -> None:
    with pytest.raises(BadCell):
        issue_cells.points(text)


def test_empty_cells_are_no_value() -> None:
    assert (issue_cells.points(""), issue_cells.due_at("")) == (None, None)
    with pytest.raises(BadCell):
        issue_cells.key("")
    with pytest.raises(BadCell):
        issue_cells.filled("title", "", longest=5)
    with pytest.raises(BadCell):
        issue_cells.within("title", "too long", longest=5)
