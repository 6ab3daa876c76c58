"""What is said of a row."""

from apps.work.domain.issue_rows import BadRow, IssueRow, Remark


def test_bad_row_is_a_remark_that_is_told_like_any_other() -> None:
    assert isinstance(BadRow(2, "missing", "title is empty."), Remark)


def test_row_of_a_key_and_a_title_is_a_task_to_be_done_of_nobody() -> None:
    row = IssueRow(2, "A-1", "A task")

    assert (row.status, row.priority, row.assignee, row.labels, row.remarks) == ("todo", "none", "", (), ())
