"""Whose an id is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bson import ObjectId

from apps.work.domain.owners import OWNERS
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from tests.people import Person


def test_an_id_belongs_to_the_company_whose_thing_it_is(rival_at_work: dict[str, ObjectId], olive: Person) -> None:
    with scope.across_tenants("a test"):
        owners = {name: OWNERS[name](id_) for name, id_ in rival_at_work.items() if name in OWNERS}
        nobodys = [find(ObjectId()) for find in OWNERS.values()]

    assert len(set(owners.values())) == 1
    assert None not in owners.values()
    assert olive.membership.company_id not in owners.values()
    assert set(nobodys) == {None}
