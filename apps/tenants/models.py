"""Companies as the admin reads them (docs/admin.md): an unmanaged model over what `documents.py` declares."""

from django.db import models
from django_mongodb_backend.fields import ObjectIdAutoField

from apps.tenants.enums import CompanyStatus, PlanName
from novapulse.web.admin.fields import AnythingField


class Company(models.Model):
    """A company."""

    id = ObjectIdAutoField(primary_key=True, db_column="_id")
    slug = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    country = models.CharField("region", max_length=2)
    status = models.CharField(max_length=20, choices=[(each.value, each.word.capitalize()) for each in CompanyStatus])
    plan = models.CharField(max_length=20, choices=[(each.value, each.value.title()) for each in PlanName])
    mfa_required = models.BooleanField("second factor required", null=True)
    limit_overrides = AnythingField("agreed apart from the plan", null=True)
    credential_version = models.IntegerField()
    created_at = models.DateTimeField("founded")
    updated_at = models.DateTimeField("changed")

    class Meta:
        managed = False
        db_table = "companies"
        verbose_name_plural = "companies"
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        """Name it."""
        return f"{self.name} ({self.slug})"
