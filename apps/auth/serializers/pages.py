"""What the lists of this app have in common."""

from __future__ import annotations

from rest_framework import serializers

from novapulse.web.contract import Contract
from novapulse.web.pagination import DEFAULT_LIMIT, MAX_LIMIT

SORTS = ("created_at", "-created_at")


class PageQuery(Contract):
    """Which page of a list."""

    limit = serializers.IntegerField(min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT)
    cursor = serializers.CharField(required=False)
    sort = serializers.ChoiceField(choices=SORTS, default=SORTS[0])
