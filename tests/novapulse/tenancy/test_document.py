from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from mongoengine import StringField
from mongoengine.errors import ValidationError

from novapulse.tenancy import document
from novapulse.tenancy.collection import ScopedCollection
from novapulse.tenancy.document import PlatformDocument, TenantDocument
from novapulse.tenancy.platform_collection import PlatformCollection
from novapulse.tenancy.scope import ScopeMissing, ScopeViolation, across_tenants
from tests.novapulse.tenancy.probes.documents import ProbedOwner, ProbedTask
from tests.novapulse.tenancy.probes.world import ALPHA, BRAVO

if TYPE_CHECKING:
    from novapulse.tenancy.scope import Scope
    from tests.novapulse.tenancy.probes.world import World


class ProbedIdentity(PlatformDocument):
    """A document of the platform."""

    name = StringField()
    meta = {"collection": "identities"}


class ProbedIntruder(TenantDocument):
    """A tenant document that was put into a collection of the platform by mistake."""

    meta = {"collection": "identities"}


def test_a_saved_document_is_stamped(settled: World, alpha: Scope) -> None:
    task = ProbedTask(title="new").save()

    stored = settled.plain[settled.name]["tasks"].find_one({"_id": task.id})
    assert stored is not None
    assert (stored["company_id"], stored["location"]) == (ALPHA.company_id, "DE")


@pytest.mark.parametrize("foreign", [{"location": "FR"}, {"company_id": BRAVO.company_id}])
def test_a_document_of_another_company_or_location_is_not_valid(
    foreign: dict[str, Any], settled: World, alpha: Scope
) -> None:
    with pytest.raises(ScopeViolation):
        ProbedTask(**foreign).validate()


def test_nothing_works_without_a_company(settled: World) -> None:
    for use in (
        lambda: ProbedTask(title="x").save(),
        lambda: ProbedTask.objects,
        lambda: ProbedTask(title="x").validate(),
    ):
        with pytest.raises(ScopeMissing):
            use()


def test_across_tenants_a_document_names_its_company_itself(settled: World) -> None:
    with across_tenants("a test of platform work"):
        with pytest.raises(ValidationError):
            ProbedOwner(name="nobody's").save()
        ProbedOwner(name="x", company_id=BRAVO.company_id, location="FR").save()
        assert ProbedOwner.objects.count() == 3


def test_a_reference_to_the_company_s_own_document_is_saved_and_followed(settled: World, alpha: Scope) -> None:
    task = ProbedTask(title="x", owner=ALPHA.owner_id, many=[ALPHA.owner_id]).save().reload()

    assert task.owner.name == task.many[0].name == "owner alpha"


def test_a_reference_to_another_company_s_document_is_refused_when_it_is_changed(settled: World, alpha: Scope) -> None:
    task = ProbedTask(title="x").save()
    task.many.append(BRAVO.owner_id)

    with pytest.raises(ScopeViolation):
        task.save()


def test_an_old_reference_does_not_hinder_other_changes(settled: World, alpha: Scope) -> None:
    task = ProbedTask.objects.get(id=ALPHA.task_id)
    task.title = "changed"
    task.save()

    assert ProbedTask.objects.scalar("title").first() == "changed"


def test_collection_is_the_driver_s_scoped_one(settled: World, alpha: Scope) -> None:
    assert isinstance(ProbedTask.collection(), ScopedCollection)
    assert [task["title"] for task in ProbedTask.collection().find()] == ["plan alpha"]


def test_a_platform_document_works_without_a_company(settled: World) -> None:
    saved = ProbedIdentity(name="x").save()

    assert isinstance(ProbedIdentity.collection(), PlatformCollection)
    assert ProbedIdentity.objects.get(id=saved.id).name == "x"


def test_a_tenant_document_in_a_platform_collection_is_refused(settled: World, alpha: Scope) -> None:
    with pytest.raises(ScopeViolation):
        ProbedIntruder.collection()


def test_a_document_stays_in_its_database_and_collection(settled: World, alpha: Scope) -> None:
    for move in (lambda: ProbedTask().switch_db("other"), lambda: ProbedTask().switch_collection("identities")):
        with pytest.raises(ScopeViolation):
            move()


def test_no_collection_is_kept_when_the_database_changes(world: World) -> None:
    first = ProbedTask.collection().database
    document.use_database(lambda: world.other)

    assert ProbedTask.collection().database is not first
    assert ProbedTask.collection().database.name == world.other.name


def test_no_index_is_built_by_using_a_document(settled: World, alpha: Scope) -> None:
    class ProbedIndexed(TenantDocument):
        title = StringField(unique=True)
        meta = {"collection": "tasks.archive", "indexes": ["title"]}

    ProbedIndexed(title="x").save()

    assert list(settled.plain[settled.name]["tasks.archive"].index_information()) == ["_id_"]


def test_declaring_documents_needs_no_database() -> None:
    program = """
from mongoengine import StringField
from novapulse.tenancy.document import TenantDocument
class Lonely(TenantDocument):
    title = StringField()
    meta = {"collection": "lonely", "indexes": ["title"]}
Lonely(title="x")
try:
    Lonely.collection()
except RuntimeError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603  a program of this very file
    assert "use_database" in done.stdout
