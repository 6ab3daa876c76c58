"""What the audit is told of tasks, projects and comments: which one, names of fields, and of our words the value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from apps.audit.api import Entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apps.audit.api import Action

    Document = Mapping[str, Any]

_TOLD: Final = ("status", "priority")
_KEPT_ASIDE: Final = frozenset({"version", "updated_at", "comments_written", "next_number"})  # follow from the change


def new(action: Action, document: Document) -> Entry:
    """Tell that something was made."""
    return Entry(action, document["_id"], details={name: document[name] for name in _TOLD if name in document})


def changed(action: Action, before: Document, after: Document) -> Entry:
    """Tell that something was changed: in which of its fields."""
    names = [name for name, value in after.items() if value != before.get(name) and name not in _KEPT_ASIDE]
    told: dict[str, Any] = {name: (before[name], after[name]) for name in _TOLD if name in names}
    return Entry(action, after["_id"], changed=names, details=told)
