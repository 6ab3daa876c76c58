"""`manage.py ensure_queues` against a real endpoint."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from novapulse.queues import names, setup
from novapulse.queues.names import Queues
from novapulse.queues.setup import State

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def bare() -> Iterator[str]:
    """Use queues that nobody has made yet; give the prefix of their names."""
    before = names.current()
    prefix = f"test-{uuid.uuid4().hex[:8]}"
    names.use(Queues(prefix=prefix, names=("default",)))
    yield prefix
    for each in setup.plan():
        if each.state is not State.MISSING:
            url = setup.sqs().queue_url(each.name)
            setup.sqs().call(lambda client, url=url: client.delete_queue(QueueUrl=url))
    names.use(before)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    call_command("ensure_queues", *arguments)
    return capsys.readouterr().out


def test_the_plan_is_printed_and_nothing_made_without_apply(bare: str, capsys: pytest.CaptureFixture[str]) -> None:
    head, *rows, conclusion = run(capsys).splitlines()

    assert head.split() == ["State", "Queue", "Attribute", "Is", "Wanted"]
    assert ["missing", f"{bare}-default", "VisibilityTimeout", "-", "60"] in [row.split() for row in rows]
    assert conclusion == "2 queues are missing or differ; run again with --apply to set them up."
    assert {each.state for each in setup.plan()} == {State.MISSING}


@pytest.mark.usefixtures("bare")
def test_a_second_run_has_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--apply").splitlines()[-1] == "Done! Set up 2 queues."
    assert run(capsys, "--apply") == "Nothing to do: 2 queues are as they should be.\n"


def test_json_tells_programs_what_is_pending(bare: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(run(capsys, "--json"))

    assert (found["applied"], found["pending"]) == (False, True)
    assert [each["name"] for each in found["queues"]] == [f"{bare}-default-dlq", f"{bare}-default"]
    assert {"attribute": "SqsManagedSseEnabled", "found": "", "wanted": "true"} in found["queues"][0]["differences"]


@pytest.mark.usefixtures("bare")
def test_nothing_is_made_that_cannot_be_recorded(no_mongodb: None) -> None:
    with pytest.raises(CommandError):
        call_command("ensure_queues", "--apply")

    assert {each.state for each in setup.plan()} == {State.MISSING}


def test_the_command_ends_with_one_sentence_when_sqs_is_away(no_sqs: None) -> None:
    with pytest.raises(CommandError, match=r"^SQS is not reached"):
        call_command("ensure_queues")
