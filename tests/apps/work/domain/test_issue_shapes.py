"""Headers: each tracker's is known."""

from __future__ import annotations

import pytest

from apps.work.domain.issue_shapes import layout
from apps.work.errors import UnreadableFile

JIRA = (
    "Summary,Issue key,Issue id,Status,Priority,Assignee,Labels,Labels,Custom field (Story Points),Due Date,Description"
)
TRELLO = "Card ID,Card Name,Card URL,Card Description,Labels,Members,Due Date,List ID,List Name,Board ID,Archived"
GITHUB = "number,title,state,labels,assignees,body,createdAt"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (JIRA, "jira"),
        (TRELLO, "trello"),
        (GITHUB, "github"),
        ("issuekey,title,description,storypoint", "story-points"),
        ("external_key,title,due_at", "novapulse"),
        (" TITLE ,External_Key", "novapulse"),
    ],
)
def test_header_is_known(header: str, name: str) -> None:
    assert layout(header.split(","), mapping={}).shape.name == name


def test_labels_may_stand_in_several_columns_and_everything_else_in_the_first() -> None:
    places = layout(["Issue key", "Labels", "Summary", "Labels", "Summary"], mapping={}).places

    assert (places["labels"], places["title"]) == ((1, 3), (2,))


def test_mapping_stands_beside_and_above_what_is_recognised() -> None:
    found = layout(["Issue key", "Summary", "Short"], mapping={"short": "title"})

    assert (found.shape.name, found.places["title"], found.places["external_key"]) == ("jira", (2,), (0,))


@pytest.mark.parametrize("header", [[], ["title"], ["external_key"], ["a", "b"], [""]])
def test_header_without_key_and_title_is_refused(header: list[str]) -> None:
    with pytest.raises(UnreadableFile, match="lacks a key and a title"):
        layout(header, mapping={})


def test_mapped_column_that_is_not_there_is_refused_by_its_name() -> None:
    with pytest.raises(UnreadableFile, match="no column 'Nr'"):
        layout(["external_key", "title"], mapping={"Nr": "external_key"})
