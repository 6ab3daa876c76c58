"""`manage.py isolation_scan` against real stores."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from novapulse.data import registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database

    from tests.api import Api

pytestmark = pytest.mark.usefixtures("queues", "at_once")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], acme: Api) -> Callable[..., str]:
    registry.provider("redis").client().flushdb()
    assert acme.post("/projects", {"key": "APP", "name": "Secret plans"}).status_code == 201

    def call(*arguments: str) -> str:
        capsys.readouterr()
        call_command("isolation_scan", *arguments)
        return capsys.readouterr().out

    return call


def test_a_clean_store_gets_one_sentence_with_how_much_was_looked_at(run: Callable[..., str]) -> None:
    *table, conclusion = run().splitlines()
    counts = dict(line.rsplit(maxsplit=1) for line in table[1:] if not line.startswith("Not looked at: "))

    assert counts["projects"] == "1"
    total = sum(map(int, counts.values()))
    assert conclusion == f"Nothing leads from one company to another: {total} documents, keys and messages."


def test_a_crossing_ends_with_1_and_tells_ids_and_no_values(
    run: Callable[..., str], acme: Api, rival: Api, database: Database[dict[str, Any]], capsys: Any
) -> None:
    database.projects.update_one({}, {"$set": {"company_id": rival.company_id}})
    with pytest.raises(CommandError, match=r"^2 findings among \d+ documents, keys and messages\.$"):
        run("--json")
    found = json.loads(out := capsys.readouterr().out)["findings"]

    assert {(each["kind"].partition("_")[0], each["fault"], each["company_id"]) for each in found} == {
        ("projects", "location", rival.company["id"]),
        ("audit", "foreign", acme.company["id"]),  # its record, sealed or not
    }
    assert "Secret" not in out
    with pytest.raises(CommandError, match="1 findings"):
        run("--company", "rival")


def test_a_company_that_is_not_there_ends_the_command(run: Callable[..., str]) -> None:
    with pytest.raises(CommandError, match=r"^There is no company 'nobody'\.$"):
        run("--company", "nobody")


@pytest.mark.usefixtures("no_redis")
def test_a_store_that_is_away_ends_the_command_with_a_sentence(database: object) -> None:
    with pytest.raises(CommandError, match="Redis does not answer"):
        call_command("isolation_scan")
