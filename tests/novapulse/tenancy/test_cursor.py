from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pymongo.collection import Collection
from pymongo.cursor import Cursor

from novapulse.tenancy.scope import ScopeMissing, ScopeViolation, across_tenants, company
from tests.novapulse.tenancy.probes.world import ALPHA

if TYPE_CHECKING:
    from novapulse.tenancy.scope import Scope
    from tests.novapulse.tenancy.probes.world import World


def test_a_cursor_reads_on_in_its_own_scope(settled: World, alpha: Scope) -> None:
    settled.tasks.insert_many([{"n": number} for number in range(5)])

    assert len(list(settled.tasks.find(batch_size=2))) == 6


def test_a_cursor_that_is_first_read_after_its_scope_raises(settled: World) -> None:
    with company(ALPHA.company_id, location=ALPHA.location):
        cursor = settled.tasks.find()
    with pytest.raises(ScopeMissing):
        next(cursor)


def test_a_cursor_that_was_made_across_tenants_raises_within_a_company(settled: World) -> None:
    with across_tenants("a sweep"):
        cursor = settled.tasks.find()
        assert len(list(cursor.clone())) == 2
        with company(ALPHA.company_id, location=ALPHA.location), pytest.raises(ScopeViolation):
            next(cursor)


def test_a_cursor_made_by_hand_raises(settled: World, alpha: Scope) -> None:
    with pytest.raises(ScopeViolation):
        next(Cursor(settled.tasks, {}))


def test_a_plain_collection_on_the_scoped_database_is_not_read(settled: World, alpha: Scope) -> None:
    with pytest.raises(ScopeViolation):
        Collection(settled.db, "tasks").find_one()


def test_a_hand_made_cursor_cannot_name_another_collection(settled: World) -> None:
    with pytest.raises(ScopeViolation):
        next(Cursor(settled.identities, {"$query": {}, "find": "tasks"}))


def test_code_added_to_a_cursor_raises(settled: World, alpha: Scope) -> None:
    with pytest.raises(ScopeViolation, match="runs code"):
        next(settled.tasks.find().where("true"))
