"""People, memberships and signing keys as the admin reads them (docs/admin.md): nothing that opens anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django_mongodb_backend.fields import ObjectIdAutoField, ObjectIdField

from apps.auth.enums import Algorithm, KeyStatus, MembershipKind, MembershipStatus, Role

if TYPE_CHECKING:
    from apps.tenants.api import CompanyRecord


class Person(models.Model):
    """An identity."""

    id = ObjectIdAutoField(primary_key=True, db_column="_id")
    email = models.CharField("e-mail", max_length=254)
    email_key = models.CharField(max_length=254, unique=True)
    name = models.CharField(max_length=200)
    email_verified_at = models.DateTimeField("address verified", null=True)
    mfa_confirmed_at = models.DateTimeField("second factor since", null=True)
    signed_in_at = models.DateTimeField("signed in", null=True)
    deactivated_at = models.DateTimeField("deactivated", null=True)
    created_at = models.DateTimeField("since")

    class Meta:
        managed = False
        db_table = "identities"
        verbose_name_plural = "people"
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        """Name them."""
        return f"{self.name} <{self.email}>"


class Member(models.Model):
    """A membership: somebody in a company."""

    id = ObjectIdAutoField(primary_key=True, db_column="_id")
    company_id = ObjectIdField("company")
    identity_id = ObjectIdField("person")
    role = models.CharField(max_length=20, choices=[(each.value, each.value.title()) for each in Role])
    kind = models.CharField(max_length=20, choices=[(each.value, each.value.title()) for each in MembershipKind])
    status = models.CharField(max_length=20, choices=[(each.value, each.value.title()) for each in MembershipStatus])
    created_at = models.DateTimeField("joined")
    ended_at = models.DateTimeField("ended", null=True)

    person: Person | None = None  # what the ids point to, once a page has read it
    company: CompanyRecord | None = None

    class Meta:
        managed = False
        db_table = "memberships"
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        """Name it."""
        return f"{self.get_role_display()} {self.person or self.pk}"


class SigningKey(models.Model):
    """A key that signs access tokens; its private half is not read."""

    kid = models.CharField("id", max_length=100, primary_key=True, db_column="_id")
    algorithm = models.CharField(max_length=20, choices=[(each.value, each.value) for each in Algorithm])
    status = models.CharField(max_length=20, choices=[(each.value, each.value.title()) for each in KeyStatus])
    created_at = models.DateTimeField("made")
    changed_at = models.DateTimeField("in this status since", null=True)

    class Meta:
        managed = False
        db_table = "signing_keys"
        default_permissions = ("view",)

    def __str__(self) -> str:
        """Name it."""
        return self.kid
