"""Which index serves which list of tasks."""

from __future__ import annotations

from itertools import combinations

import pytest

from apps.operations.domain.declarations import declared_indexes
from apps.work.documents import SORTED_BY
from apps.work.domain import task_index

FILTERS = ("project_id", "assignee_id", "labels", "external_key", "status")


@pytest.mark.parametrize(
    ("filtered_by", "sort", "name", "leading"),
    [
        ([], "created_at", "all_created", None),
        (["status", "priority"], "due_at", "all_due", None),
        (["project_id", "status"], "updated_at", "project_updated", "project_id"),
        (["project_id", "assignee_id"], "due_at", "assignee_due", "assignee_id"),
        (["project_id", "assignee_id", "labels"], "created_at", "label_created", "labels"),
        (["external_key", "labels"], "created_at", "external_key_created", "external_key"),
        (["external_key"], "updated_at", "all_updated", None),
    ],
)
def test_the_narrowest_family_that_can_decide_is_chosen(
    filtered_by: list[str], sort: str, name: str, leading: str | None
) -> None:
    assert task_index.choose(filtered_by, sort=sort) == task_index.ListIndex(name, leading)


def test_every_choice_is_a_declared_index_whose_leading_field_stands_before_the_sort() -> None:
    declared = {
        index.name: [field for field, _ in index.keys] for index in declared_indexes() if index.collection == "tasks"
    }
    for sort in SORTED_BY:
        for some in (each for size in range(6) for each in combinations(FILTERS, size)):
            chosen = task_index.choose(some, sort=sort)
            lead = [] if chosen.leading is None else [chosen.leading]

            assert declared[chosen.name][: 4 + len(lead)] == ["location", "company_id", *lead, sort, "_id"]


def test_no_collection_carries_more_indexes_than_its_writes_can_bear() -> None:
    assert len([index for index in declared_indexes() if index.collection == "tasks"]) == 17
