"""The words of the operations app."""

from enum import StrEnum


class IndexState(StrEnum):
    """How an index in the database stands to the one that a document declares."""

    MISSING = "missing"
    CHANGED = "changed"
    EXTRA = "extra"
