"""How taking a company away ends: with nothing left, whoever asks, comes in between or is at it too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.audit import api as audit_api
from apps.operations.domain import deletions, leftovers, sweeping
from apps.operations.errors import StillThere
from novapulse.gate import gate
from tests.doomed import World, asked, bury, swept

if TYPE_CHECKING:
    from pymongo.database import Database

    from novapulse.tenancy.scope import Scope
    from tests.api import Api

    Stored = Database[dict[str, Any]]

pytestmark = pytest.mark.usefixtures("db", "queues")


def test_a_client_that_goes_on_asking_leaves_nothing_in_redis(world: World, acme: Api) -> None:
    asked()
    gate.current().announced.hear({})  # as a process that has started since

    def ask(_name: str, _count: int) -> None:
        assert acme.get("/tasks").status_code == 401

    swept(ask)

    assert acme.get("/tasks").status_code == 401
    assert leftovers.find(world.ours).left == ()


def test_processes_hear_that_the_company_is_closed_until_the_last_request_has_ended(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[int] = []

    def look(_until: object, **_told: object) -> None:
        heard.append(world.database.gate_changes.count_documents({"company_id": str(world.ours.company_id)}))

    monkeypatch.setattr(sweeping, "_wait_until", look)
    asked()
    swept()

    assert heard[0] > 0


def test_a_document_in_another_location_and_letters_that_name_the_company_anywhere_go_too(world: World) -> None:
    world.database.tasks.insert_one({"company_id": world.ours.company_id, "location": "FR", "number": 5})
    bury(f'{{"id":"{ObjectId()}","task":"t","args":["{world.ours.company_id}"]}}')
    bury(f"no JSON, but {world.ours.company_id}")
    asked()
    swept()

    assert leftovers.find(world.ours) == leftovers.Findings((), 0)


def test_nothing_is_signed_where_something_is_left(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    look = leftovers.find_indexed

    def late(home: Scope) -> leftovers.Findings:
        monkeypatch.setattr(leftovers, "find_indexed", look)
        world.database.tasks.insert_one({"company_id": home.company_id, "location": "DE", "number": 5})
        return look(home)

    monkeypatch.setattr(leftovers, "find_indexed", late)
    asked()
    with pytest.raises(StillThere, match=r"Not all of acme is deleted yet.* Found in tasks\. Run it again\."):
        swept()

    assert deletions.of_company("acme").certificate is None
    assert swept().certificate


def test_whoever_comes_second_at_the_end_gives_what_the_first_has_signed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked()
    audit_api.seal_waiting()
    first: list[deletions.DeletionRecord] = []
    note = deletions.note_chain

    def overtaken(company_id: ObjectId, end: audit_api.ChainEnd) -> None:
        monkeypatch.setattr(deletions, "note_chain", note)
        first.append(swept())
        note(company_id, audit_api.ChainEnd(0, ""))

    monkeypatch.setattr(deletions, "note_chain", overtaken)
    assert swept() == first[0]
    assert (first[0].chain or audit_api.ChainEnd(0, "")).records > 0


def test_who_asked_stands_in_the_platforms_chain_whoever_does_it(world: World) -> None:
    asked()
    swept()
    told = list(world.database.audit_pending.find({"company_id": audit_api.PLATFORM.company_id}).sort("_id"))

    assert [each["action"] for each in told] == ["company.deletion_asked", "company.deleted"]
    assert [(each["actor"]["kind"], each["actor"]["name"]) for each in told] == [("operator", "ops")] * 2
