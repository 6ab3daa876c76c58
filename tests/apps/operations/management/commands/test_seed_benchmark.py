"""`manage.py seed_benchmark` against real stores."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database

    from tests.api import Api

SMALL = ("--companies", "2", "--tasks", "10")


@pytest.fixture
def run(database: object, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def call(*arguments: str) -> str:
        call_command("seed_benchmark", *arguments)
        return capsys.readouterr().out

    return call


def test_companies_are_made_and_removed_with_one_sentence_each(
    run: Callable[..., str], database: Database[dict[str, Any]]
) -> None:
    told = json.loads(run(*SMALL, "--json"))
    made = database.companies.count_documents({})

    assert (told["companies"], told["tasks"], told["largest"]["rank"], made) == (2, 10, 1, 2)
    assert run("--remove", "--dry-run") == "Would remove 2 companies; changed nothing.\n"
    assert run("--remove", "--reason", "measured").startswith("Removed 2 companies: ")
    assert run("--remove", "--reason", "measured") == "There is no benchmark here.\n"
    assert database.tasks.count_documents({}) == database.identities.count_documents({}) == 0


def test_companies_are_removed_for_a_reason_alone(run: Callable[..., str]) -> None:
    with pytest.raises(CommandError, match="--remove wants a --reason") as refused:
        run("--remove")
    assert refused.value.returncode == 2


def test_a_dry_run_makes_nothing(run: Callable[..., str], database: Database[dict[str, Any]]) -> None:
    assert run("--dry-run").startswith(
        "Would make 10,000 companies with 46,955 people and 1,000,004 tasks, 208,371 of "
    )
    assert database.companies.count_documents({}) == 0


def test_beside_companies_of_others_only_where_that_is_asked_for(run: Callable[..., str], acme: Api) -> None:
    assert acme.token
    with pytest.raises(CommandError, match="companies of others"):
        run(*SMALL)
    assert run(*SMALL, "--beside").startswith("Made 2 companies with ")


@pytest.mark.parametrize("count", ["0", "11", "1000000"])
def test_a_count_that_cannot_be_is_refused(run: Callable[..., str], count: str) -> None:
    with pytest.raises(CommandError, match="--companies is from 1 to") as refused:
        run("--companies", count, "--tasks", "10")
    assert refused.value.returncode == 2
