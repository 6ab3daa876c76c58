"""Each published filter with each published order of members, invitations and API keys runs on an index."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.auth.domain.company_keys import _NULL
from apps.auth.enums import InvitationStatus, MembershipKind, MembershipStatus, Role
from novapulse import clock
from novapulse.data import keyset
from novapulse.data.keyset import Order, Position, Walk

if TYPE_CHECKING:
    from pymongo.database import Database

COMPANIES, ROWS, LIMIT = 3, 600, 25
ROLES = [role.value for role in Role]
STATUSES = [status.value for status in InvitationStatus]

ROLE_FILTERS = [None, ["viewer"], ["owner", "member"], ROLES]
STATUS_FILTERS = [None, ["pending"], ["accepted", "revoked"], STATUSES]
ORDERS = [Order("created_at"), Order("created_at", descending=True)]


@pytest.fixture(scope="module")
def company_ids() -> list[ObjectId]:
    """Name the companies."""
    return [ObjectId() for _ in range(COMPANIES)]


@pytest.fixture
def filled(database: Database[dict[str, Any]], company_ids: list[ObjectId]) -> Database[dict[str, Any]]:
    """Fill the collections: every third member has left, every third key has ended, three rows share each moment."""
    start = clock.now() - timedelta(days=30)
    moments = [start + timedelta(minutes=number // 3) for number in range(ROWS)]
    for company_id in company_ids:
        database["memberships"].insert_many(_membership(company_id, n, moment) for n, moment in enumerate(moments))
        database["invitations"].insert_many(_invitation(company_id, n, moment) for n, moment in enumerate(moments))
        database["api_keys"].insert_many(_key(company_id, n, moment) for n, moment in enumerate(moments))
    return database


def _key(company_id: ObjectId, number: int, moment: Any) -> dict[str, Any]:
    return {
        "company_id": company_id,
        "membership_id": company_id if number % 2 else ObjectId(),  # one member holds half of them
        "prefix": str(ObjectId()),
        "created_at": moment,
        "ended_at": moment if number % 3 == 0 else None,
    }


def _membership(company_id: ObjectId, number: int, moment: Any) -> dict[str, Any]:
    statuses = list(MembershipStatus)
    return {
        "company_id": company_id,
        "identity_id": ObjectId(),
        "role": ROLES[number % len(ROLES)],
        "kind": MembershipKind.PERSON.value,
        "status": statuses[number % 3 == 0].value,
        "created_at": moment,
    }


def _invitation(company_id: ObjectId, number: int, moment: Any) -> dict[str, Any]:
    return {
        "company_id": company_id,
        "email_key": f"{number}@acme.example",
        "token_hash": ObjectId().binary,
        "status": STATUSES[number % len(STATUSES)],
        "created_at": moment,
    }


@pytest.mark.parametrize(("roles", "order"), list(product(ROLE_FILTERS, ORDERS)))
def test_members_run_on_an_index(
    filled: Database[dict[str, Any]], company_ids: list[ObjectId], roles: list[str] | None, order: Order
) -> None:
    where: dict[str, Any] = {"company_id": company_ids[1], "status": MembershipStatus.ACTIVE.value}
    if roles:
        where["role"] = {"$in": roles}
    _check_first_and_middle_page(filled["memberships"], Walk(where, order, LIMIT))


def test_ones_own_sessions_run_on_an_index(database: Database[dict[str, Any]]) -> None:
    """Every fourth one has ended; those of others are in between."""
    people, start = [ObjectId() for _ in range(3)], clock.now()
    database["sessions"].insert_many(
        {
            "identity_id": people[number % 3],
            "ended_at": start if number % 4 == 0 else None,
            "expires_at": start + timedelta(days=1),
            "created_at": start + timedelta(minutes=number // 9),
        }
        for number in range(ROWS)
    )
    where = {"identity_id": people[1], "ended_at": {"$type": "null"}, "expires_at": {"$gt": start}}
    _check_first_and_middle_page(database["sessions"], Walk(where, Order("created_at", descending=True), LIMIT))


@pytest.mark.parametrize(("statuses", "order"), list(product(STATUS_FILTERS, ORDERS)))
def test_invitations_run_on_an_index(
    filled: Database[dict[str, Any]], company_ids: list[ObjectId], statuses: list[str] | None, order: Order
) -> None:
    where: dict[str, Any] = {"company_id": company_ids[1]}
    if statuses:
        where["status"] = {"$in": statuses}
    _check_first_and_middle_page(filled["invitations"], Walk(where, order, LIMIT))


@pytest.mark.parametrize(("fields", "order"), list(product([(), ("membership_id",)], ORDERS)))
def test_keys_run_on_an_index(
    filled: Database[dict[str, Any]], company_ids: list[ObjectId], fields: tuple[str, ...], order: Order
) -> None:
    where: dict[str, Any] = {"company_id": company_ids[1], "ended_at": _NULL, **dict.fromkeys(fields, company_ids[1])}
    _check_first_and_middle_page(filled["api_keys"], Walk(where, order, LIMIT))


def _check_first_and_middle_page(collection: Any, walk: Walk) -> None:
    """Explain what keyset would run, for the first page and for one that starts in the middle."""
    first = keyset.page(collection, walk)
    assert len(first.rows) == LIMIT
    middle = keyset.page(collection, walk, after=first.next)
    for after in (None, first.next, middle.next):
        _check(collection, walk, after=after)


def _check(collection: Any, walk: Walk, *, after: Position | None) -> None:
    for where, sort in keyset._segments(walk, after=after):
        plan = collection.find(where, sort=sort, limit=LIMIT + 1).explain()
        figures, stages = plan["executionStats"], set(_stages(plan["queryPlanner"]["winningPlan"]))
        assert "IXSCAN" in stages
        assert not {"SORT", "COLLSCAN"} & stages, stages
        assert figures["totalDocsExamined"] <= 2 * figures["nReturned"], figures["totalDocsExamined"]


def _stages(plan: dict[str, Any]) -> list[str]:
    inner = [plan[name] for name in ("inputStage", "queryPlan") if name in plan] + plan.get("inputStages", [])
    return [plan.get("stage", ""), *(stage for each in inner for stage in _stages(each))]
