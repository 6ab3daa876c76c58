"""Where a chain ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bson import ObjectId

from apps.audit.domain import ending, verification
from apps.audit.domain.ending import ChainEnd
from novapulse.tenancy.scope import Scope

if TYPE_CHECKING:
    from pymongo.database import Database

    from tests.api import Api


def test_a_chain_ends_with_what_waits_sealed(acme: Api, rival: Api, database: Database[dict[str, Any]]) -> None:
    home = Scope(acme.company_id, "DE")
    acme.post("/projects", {"key": "APP", "name": "App"})
    end = ending.end_of(home)
    head = database.audit_heads.find_one({"_id": acme.company_id}) or {}

    assert (end.records, bytes.fromhex(end.hash)) == (head["sequence"], head["hash"])
    assert database.audit_pending.count_documents({"company_id": acme.company_id}) == 0
    assert verification.verify(home, anchors={end.records: {end.hash}}, seen=lambda _: None).is_good


def test_of_a_company_that_has_no_chain_nothing_is_told(database: object) -> None:
    assert ending.end_of(Scope(ObjectId(), "DE")) == ChainEnd(0, "")
