"""What was refused: told to the company, and ids of others to operators alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from pymongo.errors import AutoReconnect

from apps.audit.domain import records, refusals
from novapulse.tenancy.scope import Scope
from tests.audited import recorded
from tests.lines import collected

if TYPE_CHECKING:
    from pymongo.database import Database

HOME, RIVAL = Scope(ObjectId(), "DE"), Scope(ObjectId(), "FR")


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> dict[ObjectId, ObjectId]:
    """Give whose ids are whose."""
    owners: dict[ObjectId, ObjectId] = {}
    monkeypatch.setattr(refusals, "_finders", {"thing_id": owners.get})
    return owners


def look_at(**ids: object) -> None:
    refusals.look_at(ids, home=HOME)
    assert refusals.room.drain(seconds=30)


def test_what_was_denied_stands_in_the_companys_chain(database: Database[dict[str, Any]]) -> None:
    refusals.note_denied("DELETE /tasks/<oid:task_id>", reason="denied", home=HOME)

    (told,) = recorded(database)
    assert (told["company_id"], told["action"], told["outcome"]) == (HOME.company_id, "access.denied", "refused")
    assert told["target"] == {"type": "route", "id": "DELETE /tasks/<oid:task_id>"}


def test_a_refusal_stays_one_where_nothing_can_be_written(database: object, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise AutoReconnect

    monkeypatch.setattr(records, "_insert", fail)
    with collected("novapulse.audit") as lines:
        refusals.note_denied("DELETE /tasks/<oid:task_id>", reason="denied", home=HOME)

    assert [each["event"] for each in lines.taken()] == ["audit.denial_lost"]


def test_another_companys_id_is_told_of_to_operators_alone(
    database: Database[dict[str, Any]], found: dict[ObjectId, ObjectId]
) -> None:
    theirs = ObjectId()
    found[theirs] = RIVAL.company_id
    with collected("novapulse.audit") as lines:
        look_at(thing_id=theirs)

    (told,) = recorded(database)
    assert (told["company_id"], told["action"]) == (ObjectId("0" * 24), "access.foreign_id")
    assert (told["target"], told["details"]) == ({"type": "thing", "id": theirs}, {"company": str(HOME.company_id)})
    assert "audit.foreign_id" in [each["event"] for each in lines.taken()]


def test_an_id_of_nobody_or_of_ones_own_is_not_told_of(
    database: Database[dict[str, Any]], found: dict[ObjectId, ObjectId]
) -> None:
    ours = ObjectId()
    found[ours] = HOME.company_id
    look_at(thing_id=ours)
    look_at(thing_id=ObjectId())
    look_at(other=ObjectId())

    assert recorded(database) == []
