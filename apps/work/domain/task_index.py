"""Which index serves which list of tasks: a small table, so that MongoDB's planner never has to guess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.work.documents import list_index

if TYPE_CHECKING:
    from collections.abc import Container

# Labels first, since no other family can decide on them; then the narrowest: a member has fewer tasks than a project.
_FAMILIES = (("label", "labels"), ("assignee", "assignee_id"), ("project", "project_id"))


@dataclass(frozen=True, slots=True)
class ListIndex:
    """An index, and the field in it before the sort's that the list is narrowed by; None where it has none."""

    name: str
    leading: str | None = None


def choose(filtered_by: Container[str], *, sort: str) -> ListIndex:
    """Choose the index of a list.

    filtered_by: the fields that the list is narrowed by. sort: the field that it is sorted by.
    """
    if "external_key" in filtered_by and sort == "created_at":
        return ListIndex("external_key_created", "external_key")
    if "external_key" in filtered_by:
        return ListIndex(list_index("all", sort=sort))
    for family, field in _FAMILIES:
        if field in filtered_by:
            return ListIndex(list_index(family, sort=sort), field)
    return ListIndex(list_index("all", sort=sort))
