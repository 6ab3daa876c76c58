"""`manage.py audit`."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from apps.audit import api as audit_api

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


def test_what_is_shown_is_written_down_first(sealed: Api) -> None:
    shown = json.loads(run("show", "--company", "acme", "--json"))

    assert [each["action"] for each in shown][:2] == ["operator.read", "sign_in.succeeded"]
    assert shown[0]["actor"]["kind"] == "operator"
    assert "3 records" not in run("show", "--company", "acme", "--actions", "member.joined")
    assert "1 records." in run("show", "--company", "acme", "--actions", "member.joined")


def test_a_company_that_is_not_there_is_named(sealed: Api) -> None:
    with pytest.raises(CommandError, match="no company 'nobody'"):
        run("verify", "--company", "nobody")
