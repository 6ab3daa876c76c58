"""What the documents declare."""

from apps.operations.domain.declarations import collection_name, declared_indexes, documents
from novapulse.tenancy.document import TenantDocument


class Stray(TenantDocument):
    """A document that only a test declares."""

    meta = {"collection": "strays"}


def test_documents_of_apps_and_library_are_listed_and_those_of_a_test_are_not() -> None:
    collections = [collection_name(document) for document in documents()]

    assert {"companies", "identities", "tasks", "idempotency_records"} <= set(collections)
    assert "strays" not in collections
    assert collections == sorted(collections)


def test_index_is_declared_with_the_name_keys_and_options_that_mongodb_gets() -> None:
    index = next(each for each in declared_indexes() if each.collection == "companies")

    assert (index.name, index.keys, dict(index.options)) == ("slug_1", (("slug", 1),), {"unique": True})
