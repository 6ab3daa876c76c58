"""What the audit was told, waiting or sealed meanwhile: served processes of other tests seal it as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymongo.database import Database

Record = dict[str, Any]


def recorded(database: Database[Record]) -> list[Record]:
    """Give each record once, the oldest first."""
    # In this order: what is sealed in between is in both.
    found = [*database.audit_pending.find(), *database.audit_events.find()]
    return [each for _, each in sorted({each["_id"]: each for each in found}.items())]


class Audited:
    """The records that were written since it was made, or since it was told to forget."""

    def __init__(self, database: Database[Record]) -> None:
        self._database = database
        self.forget()

    def forget(self) -> None:
        """Leave out from now on what is there."""
        self._known = {each["_id"] for each in recorded(self._database)}

    def told(self) -> list[Record]:
        """Give what is new, the oldest first."""
        return [each for each in recorded(self._database) if each["_id"] not in self._known]
