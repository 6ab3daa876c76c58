"""`manage.py ensure_indexes` against a real MongoDB."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from apps.operations.domain import indexes

if TYPE_CHECKING:
    from pymongo.database import Database


def test_plan_is_printed_and_nothing_built_without_apply(
    bare_database: Database[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("ensure_indexes")
    lines = capsys.readouterr().out.splitlines()

    assert ["missing", "companies", "slug_1"] in [line.split() for line in lines]
    assert lines[-1].endswith("are missing; run again with --apply to build them.")
    assert bare_database.list_collection_names() == []


def test_second_run_has_nothing_to_do(
    bare_database: Database[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("ensure_indexes", "--apply")
    first = capsys.readouterr().out.splitlines()[-1]
    call_command("ensure_indexes", "--apply")
    second = capsys.readouterr()

    assert first.startswith("Done! Built ")
    assert second.out == "Nothing to do: no index is missing.\n"
    assert second.err == ""  # no bar where nobody looks


def test_what_is_left_to_a_person_is_counted(
    bare_database: Database[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    bare_database["companies"].create_index("country")
    call_command("ensure_indexes", "--apply")

    assert "1 that differ or are not declared stay" in capsys.readouterr().out


def test_json_tells_programs_what_is_pending(
    bare_database: Database[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("ensure_indexes", "--json")
    found = json.loads(capsys.readouterr().out)

    assert (found["applied"], found["pending"]) == (False, True)
    assert "companies" in found["collections"]
    assert {"state": "missing", "collection": "companies", "name": "slug_1"} in found["differences"]


def test_it_is_recorded_before_it_is_done(
    bare_database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexes, "apply", lambda *_, **__: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        call_command("ensure_indexes", "--apply")

    assert [each["action"] for each in bare_database["audit_pending"].find()] == ["indexes.applied"]


def test_command_ends_with_one_sentence_when_mongodb_is_away(no_mongodb: None) -> None:
    with pytest.raises(CommandError, match=r"^The database does not answer"):
        call_command("ensure_indexes", "--apply")
