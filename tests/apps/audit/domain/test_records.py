"""Records: there if and only if the change is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.audit import conf
from apps.audit.domain import chain, records
from apps.audit.domain.records import Entry
from apps.audit.enums import Action
from novapulse import context
from novapulse.data import transaction
from novapulse.tenancy import scope
from novapulse.tenancy.scope import Scope, ScopeMissing
from tests.lines import collected

if TYPE_CHECKING:
    from pymongo.database import Database

    from tests.commands import Commands

HOME = Scope(ObjectId(), "DE")
ENTRY = Entry(Action.TASK_UPDATED, ObjectId(), changed=["title", "status"], details={"status": ("todo", "done")})


def record(*entries: Entry) -> None:
    with scope.company(HOME.company_id, location=HOME.location):
        transaction.run(lambda: records.record(entries))


def test_a_record_tells_who_did_what_to_what_and_in_which_request(database: Database[dict[str, Any]]) -> None:
    trail = context.begin_request("request-1")
    trail.address = "192.0.2.7"
    record(ENTRY)

    waiting = database.audit_pending.find_one()
    assert waiting is not None
    assert (waiting["company_id"], waiting["location"]) == (HOME.company_id, "DE")
    assert (waiting["action"], waiting["outcome"], waiting["reason"]) == ("task.updated", "success", None)
    assert waiting["target"] == {"type": "task", "id": ENTRY.id}
    assert waiting["changed"] == ["status", "title"]
    assert waiting["details"] == {"status": {"from": "todo", "to": "done"}}
    assert waiting["actor"]["kind"] == "anonymous"
    assert (waiting["request_id"], waiting["trace_id"]) == ("request-1", trail.trace_id)
    assert waiting["address"] == "192.0.2.7"
    assert chain.is_genuine(waiting)


def test_why_an_operator_does_it_takes_the_place_of_our_own_word(database: Database[dict[str, Any]]) -> None:
    with context.operating("olivia", reason="Case 4711"):
        record(Entry(Action.SESSION_ENDED, reason="revoked-by-operator"))
    with context.operating("olivia"):
        record(Entry(Action.SESSION_ENDED, reason="revoked-by-operator"))

    assert [each["reason"] for each in database.audit_pending.find()] == ["Case 4711", "revoked-by-operator"]


def test_what_is_undone_has_no_record(database: Database[dict[str, Any]]) -> None:
    def fail() -> None:
        records.record([Entry(Action.TASK_DELETED, home=HOME)])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        transaction.run(fail)

    assert database.audit_pending.count_documents({}) == 0


def test_what_is_committed_stands_in_the_audits_stream_of_the_log_as_well(database: object) -> None:
    def undone() -> None:
        records.record([Entry(Action.TASK_DELETED, home=HOME)])
        raise ZeroDivisionError

    context.begin_request("request-1")
    with collected("novapulse.audit") as lines:
        record(ENTRY, ENTRY, Entry(Action.PROJECT_CREATED, ENTRY.id))
        with pytest.raises(ZeroDivisionError):
            transaction.run(undone)
    told = [line for line in lines.taken() if line["event"] == "audit.recorded"]

    assert [(line["action"], line["count"], line["targets"]) for line in told] == [
        ("task.updated", 2, [str(ENTRY.id)] * 2),
        ("project.created", 1, [str(ENTRY.id)]),
    ]
    assert {(line["request_id"], line["company_id"]) for line in told} == {("request-1", str(HOME.company_id))}


def test_outside_of_a_transaction_nothing_is_recorded_and_inside_of_one_nothing_noted(database: object) -> None:
    with pytest.raises(RuntimeError):
        records.record([ENTRY])
    with pytest.raises(RuntimeError):
        transaction.run(lambda: records.note([ENTRY]))


def test_many_records_are_one_command_and_none_is_none(database: object, commands: Commands) -> None:
    with commands.counted() as names:
        record(*[ENTRY] * 500)
        record()

    assert names == ["insert", "commitTransaction"]


def test_a_record_belongs_to_the_bound_company_or_to_the_one_that_is_named(database: Database[dict[str, Any]]) -> None:
    with pytest.raises(ScopeMissing):
        transaction.run(lambda: records.record([ENTRY]))
    records.note([Entry(Action.OPERATOR_READ, "list", kind="companies", home=conf.PLATFORM)])

    assert [each["company_id"] for each in database.audit_pending.find()] == [ObjectId("0" * 24)]


@pytest.mark.parametrize("details", [{"title": "Secret"}, {"status": "x" * 65}, {"role": {"a": 1}}, {"tasks": 1.5}])
def test_what_could_be_a_clients_text_is_no_detail(details: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no detail"):
        Entry(Action.TASK_UPDATED, details=details)
