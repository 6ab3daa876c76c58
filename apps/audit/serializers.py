"""What the routes of the audit read and answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bson import ObjectId
from rest_framework import serializers

from apps.audit.domain.search import DEFAULT_SORT, SORTS, AuditSearch
from apps.audit.enums import Action, ActorKind, Outcome
from novapulse.web import fields
from novapulse.web.contract import Contract
from novapulse.web.pagination import PageQuery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TARGET_MAX = 64
_FIELDS = {"action": "action", "actor_id": "actor.membership_id", "target_id": "target.id", "outcome": "outcome"}
_BOUNDS = {"at_after": "$gte", "at_before": "$lt"}


class AuditActor(serializers.Serializer[Any]):
    """Who has done it; `credential_id` is the session or API key, `name` an operator's account or a task's id."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in ActorKind])
    identity_id = fields.Id(allow_null=True)
    membership_id = fields.Id(allow_null=True)
    credential_id = fields.Id(allow_null=True)
    role = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)


class AuditTarget(serializers.Serializer[Any]):
    """What it was done to."""

    type = serializers.CharField()
    id = serializers.CharField()


class AuditEvent(serializers.Serializer[Any]):
    """A record: `changed` names fields, `details` has words and counts of ours, `hash` links it to the one before."""

    id = fields.Id()
    sequence = serializers.IntegerField()
    at = fields.Instant()
    action = serializers.ChoiceField(choices=[action.value for action in Action])
    outcome = serializers.ChoiceField(choices=[outcome.value for outcome in Outcome])
    reason = serializers.CharField(allow_null=True)
    actor = AuditActor()
    target = AuditTarget(allow_null=True)
    changed = serializers.ListField(child=serializers.CharField())
    details = serializers.DictField()
    request_id = serializers.CharField(allow_null=True)
    trace_id = serializers.CharField(allow_null=True)
    address = serializers.CharField(allow_null=True)
    hash = serializers.CharField()


class AuditEventPage(serializers.Serializer[Any]):
    """A page of records."""

    data = AuditEvent(many=True)  # type: ignore[assignment]  # DRF's own attribute of that name is not for fields
    next_cursor = serializers.CharField(allow_null=True)


class AuditQuery(PageQuery):
    """Which records to list."""

    action = fields.CommaList(fields.Choice(choices=[action.value for action in Action]), required=False)
    actor_id = fields.CommaList(fields.Id(), required=False, help_text="Members.")
    target_id = fields.CommaList(fields.Text(max_length=_TARGET_MAX), required=False)
    outcome = fields.CommaList(fields.Choice(choices=[outcome.value for outcome in Outcome]), required=False)
    at_after = fields.Instant(required=False)
    at_before = fields.Instant(required=False)
    sort = fields.Choice(choices=list(SORTS), default=DEFAULT_SORT)


class AuditExportQuery(Contract):
    """From where on."""

    sequence_after = fields.WholeText(
        min_value=0, default=0, help_text="The last sequence that you have: only what follows is sent."
    )


def search_of(query: Mapping[str, Any]) -> AuditSearch:
    """Give the search that a query asks for."""
    among = {stored: query[name] for name, stored in _FIELDS.items() if name in query}
    if "target.id" in among:
        among["target.id"] = _as_stored(among["target.id"])
    within = {bound: query[name] for name, bound in _BOUNDS.items() if name in query}
    return AuditSearch(query["limit"], among=among, within=within, sort=query["sort"])


def _as_stored(ids: Sequence[str]) -> list[Any]:
    return [ObjectId(each) if ObjectId.is_valid(each) else each for each in ids]
