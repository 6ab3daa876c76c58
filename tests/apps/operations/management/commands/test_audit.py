"""`manage.py audit`."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId
from django.core.management import CommandError, call_command

from apps.audit import api as audit_api
from novapulse import clock

if TYPE_CHECKING:
    from pathlib import Path

    from pymongo.database import Database

    from tests.api import Api


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("audit", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def sealed(acme: Api, rival: Api) -> Api:
    """Seal what was written when two companies were founded."""
    audit_api.seal_waiting()
    return acme


def test_chains_that_are_as_they_were_sealed_are_counted(sealed: Api) -> None:
    text = run("verify", "--all")

    assert "3 of 3 chains are as they were sealed" in text
    assert [row["records"] for row in json.loads(run("verify", "--company", "acme", "--json"))] == [3]


def test_the_first_bad_sequence_is_named(sealed: Api, database: Database[dict[str, Any]]) -> None:
    database.audit_events.delete_one({"company_id": sealed.company_id, "sequence": 2})

    with pytest.raises(CommandError, match=r"^acme: sequence 2 is missing\.$"):
        run("verify", "--all")
    assert "1 of 1 chains" in run("verify", "--company", "rival")


def test_anchors_of_a_log_are_compared(sealed: Api, tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    anchor = {"event": "audit.sealed", "company_id": str(sealed.company_id), "sequence": 4, "hash": "ab"}
    log.write_text(f"hello\n{json.dumps(anchor)}\n", encoding="utf-8")

    with pytest.raises(CommandError, match="sequence 4 is missing: the log says that it was sealed"):
        run("verify", "--company", "acme", "--anchors", str(log))


def test_a_company_that_only_the_log_knows_is_told_of(sealed: Api, tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    anchor = {"event": "audit.sealed", "company_id": "5" * 24, "sequence": 1, "hash": "ab"}
    log.write_text(f"{json.dumps(anchor)}\n", encoding="utf-8")

    with pytest.raises(CommandError, match=f"^{'5' * 24}: the log says that its records were sealed, and no company"):
        run("verify", "--all", "--anchors", str(log))
    assert "1 of 1 chains" in run("verify", "--company", "acme", "--anchors", str(log))


def test_of_a_deleted_company_the_log_has_to_end_where_its_certificate_says(
    sealed: Api, database: Database[dict[str, Any]], tmp_path: Path
) -> None:
    log, gone = tmp_path / "audit.log", ObjectId("5" * 24)
    chain = {"records": 5, "hash": "ab"}
    database.deletions.insert_one({"_id": gone, "ticket": gone, "chain": chain, "finished_at": clock.now()})

    def verified(sequence: int, digest: str) -> str:
        anchor = {"event": "audit.sealed", "company_id": str(gone), "sequence": sequence, "hash": digest}
        log.write_text(f"{json.dumps(anchor)}\n", encoding="utf-8")
        return run("verify", "--all", "--anchors", str(log))

    assert all("4 of 4 chains" in verified(*anchor) for anchor in [(5, "ab"), (3, "ef")])
    for anchor in [(5, "cd"), (6, "ef")]:
        with pytest.raises(CommandError, match=f"^{gone}: it was deleted, and sequence 5 was not its end"):
            verified(*anchor)


def test_what_is_shown_is_written_down_first(sealed: Api) -> None:
    shown = json.loads(run("show", "--company", "acme", "--json"))

    assert [each["action"] for each in shown][:2] == ["operator.read", "sign_in.succeeded"]
    assert shown[0]["actor"]["kind"] == "operator"
    assert "3 records" not in run("show", "--company", "acme", "--actions", "member.joined")
    assert "1 records." in run("show", "--company", "acme", "--actions", "member.joined")


def test_a_company_that_is_not_there_is_named(sealed: Api) -> None:
    with pytest.raises(CommandError, match="no company 'nobody'"):
        run("verify", "--company", "nobody")
