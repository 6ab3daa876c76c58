from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest

from novapulse.tenancy.scope import ScopeViolation, across_tenants, company
from tests.novapulse.tenancy.probes.documents import ProbedTask
from tests.novapulse.tenancy.probes.world import ALPHA, BRAVO

if TYPE_CHECKING:
    from collections.abc import Callable

    from novapulse.tenancy.scope import Scope
    from tests.novapulse.tenancy.probes.world import World


def test_a_queryset_works_in_its_own_scope(settled: World, alpha: Scope) -> None:
    found = ProbedTask.objects(title__ne=None).order_by("-n")

    assert found.count() == len(found) == 1
    assert found.sum("n") == found.average("n") == 1
    assert found.in_bulk([ALPHA.task_id, BRAVO.task_id]).keys() == {ALPHA.task_id}
    assert found.update(set__n=7) == 1
    assert found.modify(new=True, inc__n=1).n == 8
    assert ProbedTask.objects(n=9).upsert_one(set__title="made").company_id == ALPHA.company_id
    assert found.delete() == 2


def test_a_pipeline_of_updates_works(settled: World, alpha: Scope) -> None:
    assert ProbedTask.objects.update(__raw__=[{"$set": {"n": {"$add": ["$n", 1]}}}]) == 1


@pytest.mark.parametrize(
    "use",
    [
        list,
        lambda queryset: queryset.count(),
        lambda queryset: queryset.filter(n=1).first(),
        lambda queryset: queryset.clone().sum("n"),
        lambda queryset: queryset.update(set__n=5),
        lambda queryset: queryset.in_bulk([]),
        lambda queryset: queryset.insert(ProbedTask(title="x")),
    ],
)
def test_a_queryset_of_another_scope_raises(use: Callable[[Any], Any], settled: World, alpha: Scope) -> None:
    foreign = settled.as_bravo(lambda: ProbedTask.objects(title__ne=None))

    with pytest.raises(ScopeViolation):
        use(foreign)


def test_a_queryset_of_across_tenants_raises_within_a_company(settled: World) -> None:
    with across_tenants("a sweep"):
        everybody = ProbedTask.objects
        assert everybody.count() == 2
        with company(ALPHA.company_id, location=ALPHA.location), pytest.raises(ScopeViolation):
            everybody.count()


def test_a_queryset_that_is_being_read_raises_when_the_scope_changes(settled: World) -> None:
    with company(ALPHA.company_id, location=ALPHA.location):
        rows = ProbedTask.objects.as_pymongo()
    with company(BRAVO.company_id, location=BRAVO.location), pytest.raises(ScopeViolation):
        next(rows)


def test_a_pickled_queryset_stays_pinned(settled: World, alpha: Scope) -> None:
    foreign = settled.as_bravo(lambda: pickle.dumps(ProbedTask.objects(title__ne=None)))

    with pytest.raises(ScopeViolation):
        list(pickle.loads(foreign))  # noqa: S301  our own


def test_inserted_documents_are_validated(settled: World, alpha: Scope) -> None:
    with pytest.raises(ScopeViolation):
        ProbedTask.objects.insert([ProbedTask(title="x"), ProbedTask(title="y", owner=BRAVO.owner_id)])
    assert len(ProbedTask.objects.insert([ProbedTask(title="x"), ProbedTask(title="y")])) == 2


@pytest.mark.parametrize("name", ["where", "map_reduce", "exec_js", "item_frequencies", "using", "no_cache"])
def test_what_cannot_be_scoped_is_refused(name: str, settled: World, alpha: Scope) -> None:
    arguments = [] if name == "no_cache" else ["x"]

    with pytest.raises(ScopeViolation):
        getattr(ProbedTask.objects, name)(*arguments)
