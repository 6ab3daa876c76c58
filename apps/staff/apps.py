"""The Django application, and Django's admin with our site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class StaffConfig(AppConfig):
    """The people who run the platform."""

    name = "apps.staff"
    label = "novapulse_staff"
    verbose_name = "Staff"


class AdminSiteConfig(AdminConfig):
    """Django's admin, which finds `admin.py` in every app and puts it on our site."""

    default_site = "apps.staff.views.PlatformAdmin"
