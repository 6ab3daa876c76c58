"""Webhooks in the admin, one company at a time: endpoints, and deliveries, which can be made once more."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bson import ObjectId
from django import forms
from django.contrib import admin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.tenants import api as tenants_api
from apps.webhooks.domain import replays
from apps.webhooks.domain.deliveries import DeliverySearch
from apps.webhooks.enums import DeliveryStatus
from apps.webhooks.models import Delivery, Endpoint
from novapulse.data import transaction
from novapulse.web.admin.acting import Reason, act
from novapulse.web.admin.company_data import CompanyDataAdmin, CompanyFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apps.tenants.api import CompanyRecord

_MOMENT: Final = "%Y-%m-%d %H:%M"


def _moment(help_text: str, *, required: bool) -> forms.DateTimeField:
    widget = UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "placeholder": "2026-11-25 14:30"})
    return forms.DateTimeField(input_formats=[_MOMENT], required=required, help_text=help_text, widget=widget)


class ReplayForm(Reason):
    """Which deliveries, and why."""

    since = _moment("Those that were begun from then on, in UTC.", required=True)
    until = _moment("And before then; empty: till now.", required=False)
    failed_alone = forms.BooleanField(
        label="Only those that have failed", required=False, initial=True, widget=UnfoldBooleanWidget
    )


class WebhooksAdmin(CompanyDataAdmin):
    """What belongs to a company here."""

    def find_company(self, slug: str) -> CompanyRecord | None:
        """Find a company by its slug."""
        return tenants_api.company_by_slug(slug)

    def note_read(self, key: str | None) -> None:
        """Write it down in the chain of the company, whose owners and admins can see it."""
        audit_api.note([Entry(Action.OPERATOR_READ, ObjectId(key) if key else "list", kind=self.opts.model_name)])


@admin.register(Endpoint)
class EndpointAdmin(WebhooksAdmin):
    """Endpoints."""

    list_display = ("url", "status", "disabled_reason", "failures", "created_at")
    list_filter = (CompanyFilter, "status")
    sortable_by = ("created_at",)
    actions_detail = ("replay",)

    @act("Deliver again", form=ReplayForm)
    def replay(self, endpoint: Endpoint, given: Mapping[str, Any]) -> str:
        """Make the deliveries of a time once more, the oldest first; events keep their ids, so receivers can tell."""
        bounds = {"$gte": given["since"], **({"$lt": given["until"]} if given["until"] else {})}
        statuses = (DeliveryStatus.FAILED.value,) if given["failed_alone"] else ()
        search = DeliverySearch(statuses, bounds)
        number = transaction.run(partial(replays.replay_found, endpoint.pk, search))
        return f"{number} deliveries to {endpoint} are being made again."


@admin.register(Delivery)
class DeliveryAdmin(WebhooksAdmin):
    """Deliveries, endpoint by endpoint."""

    list_display = ("event_type", "standing", "endpoint", "created_at", "settled_at", "next_attempt_at")
    list_filter = (CompanyFilter, "status")
    ordering = ("-endpoint_id", "-created_at")  # as their index has them
    fields = (
        *("endpoint", "event_id", "event_type", "standing", "attempts"),
        *("next_attempt_at", "replay_of", "created_at", "settled_at"),
    )
    readonly_fields = ("endpoint", "standing")
    actions_detail = ("replay",)

    def complete(self, rows: list[Delivery]) -> None:
        """Read the endpoints of a page by one command."""
        endpoints = Endpoint.objects.in_bulk({row.endpoint_id for row in rows})
        for row in rows:
            row.endpoint = endpoints.get(row.endpoint_id)

    @display(description="endpoint")
    def endpoint(self, delivery: Delivery) -> str:
        """Name where it goes."""
        return str(delivery.endpoint or delivery.endpoint_id)

    @display(
        description="status",
        label={"Pending": "info", "Delivered": "success", "Failed": "danger", "Cancelled": "warning"},
    )
    def standing(self, delivery: Delivery) -> str:
        """Show the status in a colour."""
        return str(delivery.get_status_display())

    @act("Deliver again")
    def replay(self, delivery: Delivery, _given: Mapping[str, Any]) -> str:
        """Make this delivery once more, whatever became of it; the event keeps its id, so receivers can tell."""
        transaction.run(partial(replays.replay, delivery.endpoint_id, ids=[delivery.pk]))
        return f"{delivery} is being delivered again, as a delivery of its own."
