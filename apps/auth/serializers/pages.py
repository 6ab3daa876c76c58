"""What the lists of this app have in common."""

from __future__ import annotations

from novapulse.web import fields
from novapulse.web.pagination import PageQuery

SORTS = ("created_at", "-created_at")


class ByCreationQuery(PageQuery):
    """Which page of a list that is sorted by creation."""

    sort = fields.Choice(choices=SORTS, default=SORTS[0])
