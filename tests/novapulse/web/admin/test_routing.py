from django.contrib.auth.models import User
from django.db import router

from apps.tenants.models import Company


def test_documents_are_read_from_mongodb_and_all_else_from_postgresql() -> None:
    assert router.db_for_read(Company) == "mongo"
    assert router.db_for_read(User) == "default"


def test_nothing_is_migrated_in_mongodb() -> None:
    assert not router.allow_migrate("mongo", "novapulse_tenants")
    assert router.allow_migrate("default", "auth")
