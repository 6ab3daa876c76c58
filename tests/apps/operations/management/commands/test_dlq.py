"""`manage.py dlq` against real stores."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from novapulse.queues import names, setup

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database

    from tests.api import Api

pytestmark = pytest.mark.usefixtures("queues", "database", "at_once")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def call(*arguments: str) -> str:
        call_command("dlq", *arguments)
        return capsys.readouterr().out

    return call


def test_letters_are_listed_by_company(
    bury: Callable[..., str], run: Callable[..., str], acme: Api, rival: Api
) -> None:
    mine, rivals = bury(acme), bury(rival)
    head, row, conclusion = run("list", "--company", "acme").splitlines()

    assert head.split()[:3] == ["Id", "Queue", "Task"]
    assert row.split()[:6] == [mine, "default", "apps.work.tasks.count", acme.company["id"], "exhausted", "ValueError"]
    assert conclusion == "1 dead letter."
    assert [each["id"] for each in json.loads(run("list", "--company", rival.company["id"], "--json"))] == [rivals]


def test_one_letter_is_shown_whole(bury: Callable[..., str], run: Callable[..., str]) -> None:
    task_id = bury()

    assert json.loads(run("show", task_id))["dead"]["error"] == "builtins.ValueError"
    with pytest.raises(CommandError, match=r"no dead letter of the task 'other'"):
        run("show", "other")


@pytest.mark.parametrize("action", ["redrive", "purge"])
def test_a_dry_run_counts_and_leaves_everything_where_it_is(
    bury: Callable[..., str], run: Callable[..., str], action: str
) -> None:
    bury(), bury(task="apps.work.tasks.other")

    assert run(action, "--task", "*count", "--dry-run").splitlines()[-1] in {
        "Would be tried anew: 1 dead letter.",
        "Would be thrown away: 1 dead letter.",
    }
    assert json.loads(run(action, "--queue", "default", "--dry-run", "--json"))["meant"] == 2
    assert len(json.loads(run("list", "--json"))) == 2


def test_redriving_says_what_it_did_and_a_second_run_does_nothing(
    bury: Callable[..., str], run: Callable[..., str], database: Database[dict[str, Any]]
) -> None:
    task_id = bury()

    assert run("redrive") == "Done! Tried anew: 1 task.\n"
    assert json.loads(run("redrive", "--json")) == {"done": 0, "already": 0, "unreadable": 0}
    assert [str(row["_id"]) for row in database.outbox.find()] == [task_id]


def test_purging_wants_to_know_what_is_meant(bury: Callable[..., str], run: Callable[..., str]) -> None:
    bury(), bury(task="apps.work.tasks.other")
    with pytest.raises(CommandError, match="at least one of --queue, --company, --task, --error"):
        run("purge")

    assert run("purge", "--task", "other") == "Done! Thrown away: 1 dead letter.\n"
    assert len(json.loads(run("list", "--json"))) == 1


def test_letters_in_other_hands_are_told_of(bury: Callable[..., str], run: Callable[..., str]) -> None:
    bury()
    url = setup.sqs().queue_url(names.physical("default-dlq"))
    setup.sqs().call(lambda client: client.receive_message(QueueUrl=url, WaitTimeSeconds=0))

    assert run("list").startswith("0 dead letters. 1 more in the hands of another run")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("list", "--company", "nobody"), r"^There is no company 'nobody'\.$"),
        (("list", "--queue", "other"), r"^no queue 'other'; there are critical, default$"),
    ],
)
def test_a_name_that_is_not_there_ends_the_command_with_one_sentence(
    run: Callable[..., str], arguments: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(*arguments)


def test_without_sqs_it_ends_with_one_sentence(no_sqs: None, run: Callable[..., str]) -> None:
    with pytest.raises(CommandError, match=r"^SQS is not reached"):
        run("list")
