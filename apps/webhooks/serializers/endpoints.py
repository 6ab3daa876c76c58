"""What the routes of webhooks read and answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.validators import RegexValidator
from rest_framework import serializers

from apps.webhooks import conf
from apps.webhooks.domain.endpoints import NewEndpoint
from apps.webhooks.enums import DisabledReason, EndpointStatus, EventType
from novapulse.outgoing import destination
from novapulse.web import fields
from novapulse.web.contract import Contract

if TYPE_CHECKING:
    from collections.abc import Mapping

EVENT_TYPES = [kind.value for kind in EventType]
STATUSES = [status.value for status in EndpointStatus]

_URL = RegexValidator(r"^https?://[!-~]+\Z", "Not a URL of visible ASCII characters.")


class Webhook(serializers.Serializer[Any]):
    """An endpoint of yours. Its ETag, for If-Match, is its version in quotation marks."""

    id = fields.Id()
    url = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    event_types = serializers.ListField(
        child=serializers.ChoiceField(choices=EVENT_TYPES), allow_null=True, help_text="Null for all, also future ones."
    )
    status = serializers.ChoiceField(choices=STATUSES)
    disabled_reason = serializers.ChoiceField(
        choices=[reason.value for reason in DisabledReason],
        allow_null=True,
        help_text="`requested` by one of you, `failing` after too many failures, `gone` after an answer 410.",
    )
    secret_created_at = fields.Instant(help_text="The secret before this one signs as well until a day later.")
    version = serializers.IntegerField()
    created_at = fields.Instant()
    updated_at = fields.Instant()


class IssuedWebhook(Webhook):
    """A webhook with its new secret, which is shown this once."""

    secret = serializers.CharField()


class WebhookPage(serializers.Serializer[Any]):
    """A page of webhooks."""

    data = Webhook(many=True)  # type: ignore[assignment]  # DRF's own attribute of that name is not for fields
    next_cursor = serializers.CharField(allow_null=True)


class WebhookCreation(Contract):
    """A new webhook."""

    url = fields.Text(
        validators=[_URL], max_length=conf.URL_MAX, help_text="Where to: a public address; docs/webhooks.md has more."
    )
    description = fields.Text(max_length=conf.DESCRIPTION_MAX, allow_blank=True, allow_null=True, required=False)
    event_types = fields.Array(
        child=fields.Choice(choices=EVENT_TYPES),
        required=False,
        allow_null=True,
        allow_empty=False,
        max_length=len(EVENT_TYPES),
        help_text="What to tell of; null, or nothing, for everything.",
    )

    def validate_url(self, url: str) -> str:
        """Take what a request may go to."""
        try:
            destination.read(url, policy=settings.WEBHOOK_DESTINATIONS)
        except destination.BadDestination as error:
            raise serializers.ValidationError(str(error), code="bad-destination") from error
        return url


class WebhookChange(WebhookCreation):
    """What may be changed of a webhook."""

    status = fields.Choice(choices=STATUSES, help_text="`disabled` to send nothing, `active` to send again.")


def present(endpoint: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the API shows of a stored endpoint."""
    return {
        "id": endpoint["_id"],
        "url": endpoint["url"],
        "description": endpoint["description"],
        "event_types": endpoint["event_types"],
        "status": endpoint["status"],
        "disabled_reason": endpoint["disabled_reason"],
        "secret_created_at": endpoint["secrets"][0]["created_at"],
        "version": endpoint["version"],
        "created_at": endpoint["created_at"],
        "updated_at": endpoint["updated_at"],
    }


def new_endpoint(body: Mapping[str, Any]) -> NewEndpoint:
    """Take a new endpoint out of a body that was checked."""
    return NewEndpoint(**changes_of(body))


def changes_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Take the changes out of a body that was checked: null empties the description."""
    changes = dict(body)
    if "description" in changes:
        changes["description"] = changes["description"] or ""
    if changes.get("event_types") is not None:
        changes["event_types"] = list(dict.fromkeys(changes["event_types"]))
    return changes
