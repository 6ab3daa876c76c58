"""Endpoints and deliveries as the admin reads them (docs/admin.md), of one company at a time; no secrets."""

from django.db import models
from django_mongodb_backend.fields import ObjectIdAutoField, ObjectIdField

from apps.webhooks.enums import DeliveryStatus, EndpointStatus
from novapulse.web.admin.fields import AnythingField


class Endpoint(models.Model):
    """Where a company wants to be told."""

    id = ObjectIdAutoField(primary_key=True, db_column="_id")
    url = models.CharField(max_length=2000)
    description = models.TextField()
    event_types = AnythingField("events", null=True)
    status = models.CharField(max_length=20, choices=[(each.value, each.value.title()) for each in EndpointStatus])
    disabled_reason = models.CharField("disabled since", max_length=20, null=True)
    failures = models.IntegerField("failures in a row")
    created_at = models.DateTimeField("created")
    updated_at = models.DateTimeField("changed")

    class Meta:
        managed = False
        db_table = "webhook_endpoints"
        default_permissions = ("view",)

    def __str__(self) -> str:
        """Name it."""
        return self.url


class Delivery(models.Model):
    """An event on its way to an endpoint."""

    id = ObjectIdAutoField(primary_key=True, db_column="_id")
    endpoint_id = ObjectIdField("endpoint")
    event_id = ObjectIdField("event")
    event_type = models.CharField("type", max_length=50)
    status = models.CharField(max_length=20, choices=[(each.value, each.value.title()) for each in DeliveryStatus])
    attempts = AnythingField(null=True)
    next_attempt_at = models.DateTimeField("next attempt", null=True)
    replay_of = ObjectIdField("replay of", null=True)
    created_at = models.DateTimeField("created")
    settled_at = models.DateTimeField("settled", null=True)

    endpoint: Endpoint | None = None  # what the id points to, once a page has read it

    class Meta:
        managed = False
        db_table = "webhook_deliveries"
        verbose_name_plural = "deliveries"
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        """Name it."""
        return f"{self.event_type} {self.pk}"
