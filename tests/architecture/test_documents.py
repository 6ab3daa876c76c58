"""What is kept in MongoDB, under which names, with which indexes, and who touches what belongs to no company."""

import ast
import inspect
import re
from collections import Counter
from pathlib import Path

from django.conf import settings

from apps.operations.domain.declarations import collection_name, declared_indexes, documents
from apps.operations.domain.pointers import pointers, undeclared
from novapulse.tenancy.document import PlatformDocument, TenantDocument
from tests.architecture.source import dotted, imported, modules, tree

DOCUMENTS = re.compile(r"(apps\.\w+)\.documents\b")

_FREE = frozenset({"actor", "target"})  # of records that wait, which declare no more than is asked for

# Who may go across tenants: work on the whole database, and whoever finds out whose an id is.
ACROSS_TENANTS = frozenset(
    {
        "apps.audit.domain.refusals",
        "apps.operations.domain.indexes",
        "apps.operations.domain.isolation_scan",
        "apps.operations.domain.benchmark_removal",
        "novapulse.tenancy.remains",
        "novapulse.tenancy.removal",  # deletes also what lies in another location by mistake
    }
)


def test_every_document_has_a_name_of_its_own_and_a_collection_of_its_own() -> None:
    names = Counter(document.__name__ for document in documents())
    collections = Counter(collection_name(document) for document in documents())

    assert [name for name, times in (names + collections).items() if times > 1] == []


def test_every_document_writes_its_collection_out() -> None:
    bare = [
        document.__name__
        for document in documents()
        if f'"collection": "{collection_name(document)}"' not in inspect.getsource(document)
    ]

    assert bare == []


def test_every_index_of_a_tenant_collection_starts_with_the_company_unless_it_expires_documents() -> None:
    astray = [
        f"{index.collection}.{index.name}"
        for index in declared_indexes()
        if issubclass(index.document, TenantDocument)
        and "expireAfterSeconds" not in index.options
        and [field for field, _ in index.keys[:2]] != ["location", "company_id"]
    ]

    assert astray == []


def test_every_field_that_holds_ids_says_what_they_name() -> None:
    silent = {document.__name__: undeclared(document) for document in documents() if undeclared(document)}

    assert silent == {}, "declare them in the document's meta, as novapulse/tenancy/document.py has it"


def test_references_name_fields_and_collections_that_there_are() -> None:
    collections = {collection_name(document) for document in documents()}
    unknown = {
        f"{document.__name__}.{pointer.path}"
        for document in documents()
        for pointer in pointers(document)
        if pointer.path.partition(".")[0] not in {*_FREE, *document._fields, "_id"}
        or not collections.issuperset(pointer.collections)
    }

    assert unknown == set()


def test_the_platforms_collections_are_those_of_its_documents() -> None:
    ours = {collection_name(document) for document in documents() if issubclass(document, PlatformDocument)}

    assert ours == settings.PLATFORM_COLLECTIONS


def test_every_document_of_the_platform_says_which_field_names_a_company() -> None:
    """By it a company's documents are found when it is deleted: a new collection must not be forgotten."""
    platform = [document for document in documents() if issubclass(document, PlatformDocument)]
    silent = [document.__name__ for document in platform if "company_field" not in vars(document)]
    mistaken = [
        document.__name__
        for document in platform
        if "company_id" in document._fields and document.company_field != "company_id"
    ]

    assert (silent, mistaken) == ([], [])


def test_only_companies_people_breakers_queues_and_records_that_wait_are_of_the_platform() -> None:
    homes = {document.__module__ for document in documents() if issubclass(document, PlatformDocument)}

    assert homes == {
        "apps.audit.documents",
        "apps.auth.documents",
        "apps.operations.documents",
        "apps.tenants.documents",
        "apps.resilience.documents",
        "novapulse.queues.figures",
        "novapulse.queues.documents",
    }


def test_only_a_domain_touches_the_documents_of_its_app() -> None:
    strangers = [
        f"{dotted(path)} imports {name}"
        for path in modules("apps", "config")
        for name in imported(path)
        if (owner := DOCUMENTS.match(name)) and not f"{dotted(path)}.".startswith(f"{owner[1]}.domain.")
    ]

    assert strangers == []


def test_only_commands_and_named_modules_go_across_tenants() -> None:
    callers = {dotted(path) for path in modules("apps", "config", "novapulse") if _calls(path, "across_tenants")}
    strangers = {name for name in callers - ACROSS_TENANTS if ".management." not in name and ".admin" not in name}

    assert strangers == set()


def _calls(path: Path, name: str) -> bool:
    calls = (node.func for node in ast.walk(tree(path)) if isinstance(node, ast.Call))
    return any(getattr(function, "attr", getattr(function, "id", None)) == name for function in calls)
