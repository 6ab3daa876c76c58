"""How much there is of a company's work, for whoever looks: counted by the keys of an index, and only so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from apps.work.documents import Comment, Project, Task

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNTED_AT_MOST: Final = 10_000  # some milliseconds
_COUNTED: Final = ((Project, "created"), (Task, "number"), (Comment, "task"))


@dataclass(frozen=True, slots=True)
class Size:
    """How many there are of a kind; at the most that is counted there may be more."""

    kind: str
    number: int

    @property
    def words(self) -> str:
        """Say it."""
        return f"{self.number:,}{' or more' if self.number == COUNTED_AT_MOST else ''}"


def of_company() -> Iterator[Size]:
    """Count what the bound company has, by one command for each kind."""
    for document, index in _COUNTED:
        number = document.collection().count_documents({}, limit=COUNTED_AT_MOST, hint=index)
        yield Size(f"{document.__name__}s", number)
