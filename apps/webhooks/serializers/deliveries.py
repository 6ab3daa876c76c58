"""What the routes of deliveries read and answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from apps.webhooks.domain.deliveries import DeliverySearch
from apps.webhooks.enums import DeliveryStatus
from novapulse.web import fields
from novapulse.web.contract import Contract
from novapulse.web.pagination import MAX_LIMIT, PageQuery

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUSES = [status.value for status in DeliveryStatus]

_BOUNDS = {"created_after": "$gte", "created_before": "$lt"}


class DeliveryAttempt(serializers.Serializer[Any]):
    """One request: the `status` of its answer, or in `error` why there was none."""

    at = fields.Instant()
    status = serializers.IntegerField(allow_null=True)
    ms = serializers.IntegerField(help_text="How long it took, in milliseconds.")
    error = serializers.CharField(allow_null=True)
    response = serializers.CharField(allow_blank=True, help_text="The beginning of the answer. Never show it as HTML.")


class Delivery(serializers.Serializer[Any]):
    """An event on its way to a webhook. `event_id` is what its requests carry as `webhook-id`."""

    id = fields.Id()
    webhook_id = fields.Id()
    event_id = fields.Id()
    event_type = serializers.CharField()
    status = serializers.ChoiceField(
        choices=STATUSES, help_text="`cancelled`: the webhook was disabled or deleted before it could be made."
    )
    attempts = DeliveryAttempt(many=True)
    next_attempt_at = fields.Instant(allow_null=True)
    replay_of = fields.Id(allow_null=True, help_text="The delivery that was to be made again.")
    created_at = fields.Instant()
    settled_at = fields.Instant(allow_null=True)


class DeliveryPage(serializers.Serializer[Any]):
    """A page of deliveries."""

    data = Delivery(many=True)  # type: ignore[assignment]  # DRF's own attribute of that name is not for fields
    next_cursor = serializers.CharField(allow_null=True)


class DeliveryQuery(PageQuery):
    """Which deliveries to list."""

    status = fields.CommaList(fields.Choice(choices=STATUSES), required=False)
    created_after = fields.Instant(required=False)
    created_before = fields.Instant(required=False)


class Replay(Contract):
    """Which deliveries to make again: these, or all that were made in a time, which is open where no bound is given."""

    ids = fields.Array(child=fields.Id(), required=False, allow_empty=False, max_length=MAX_LIMIT)
    status = fields.Choice(choices=STATUSES, required=False, help_text="Only those of this status.")
    created_after = fields.Instant(required=False)
    created_before = fields.Instant(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take ids, or else a time."""
        if "ids" in attrs and len(attrs) > 1:
            raise serializers.ValidationError({"ids": _wrong("Either these or a time, not both.")})
        if "ids" not in attrs and not _BOUNDS.keys() & attrs:
            raise serializers.ValidationError({"created_after": _wrong("Give a time, or ids.")})
        return attrs


class Replayed(serializers.Serializer[Any]):
    """How many deliveries are made again."""

    replayed = serializers.IntegerField()


def present(delivery: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the API shows of a stored delivery."""
    return {
        "id": delivery["_id"],
        "webhook_id": delivery["endpoint_id"],
        "event_id": delivery["event_id"],
        "event_type": delivery["event_type"],
        "status": delivery["status"],
        "attempts": delivery["attempts"],
        "next_attempt_at": delivery["next_attempt_at"],
        "replay_of": delivery["replay_of"],
        "created_at": delivery["created_at"],
        "settled_at": delivery["settled_at"],
    }


def _wrong(sentence: str) -> list[serializers.ErrorDetail]:
    return [serializers.ErrorDetail(sentence, "ids-or-time")]


def search_of(given: Mapping[str, Any]) -> DeliverySearch:
    """Take out of a query or a body that was checked which deliveries are meant."""
    status = given.get("status", ())
    return DeliverySearch(
        statuses=(status,) if isinstance(status, str) else status,
        created={operator: given[name] for name, operator in _BOUNDS.items() if name in given},
    )
