"""Troubles of the staff app."""

from __future__ import annotations

from novapulse.errors import Conflict, NotFound


class StaffExists(Conflict):
    """There is a member of staff with this address."""

    code = "staff-exists"


class NoSuchStaff(NotFound):
    """There is no member of staff with this address."""
