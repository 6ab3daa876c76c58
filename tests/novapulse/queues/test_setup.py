"""The queues are made as they should be, set right where they are not, and never deleted."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from novapulse.data import registry
from novapulse.data.sqs import SqsOptions, SqsProvider
from novapulse.errors import Unavailable
from novapulse.local.aws import CREDENTIALS, REGION
from novapulse.queues import names, setup
from novapulse.queues.names import Queues
from novapulse.queues.setup import State
from tests.faults import refusing_port

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def bare() -> Iterator[Queues]:
    """Use queues that nobody has made yet."""
    before = names.current()
    fresh = Queues(prefix=f"test-{uuid.uuid4().hex[:8]}", names=("default",))
    names.use(fresh)
    yield fresh
    for each in setup.plan():
        if each.state is not State.MISSING:
            url = setup.sqs().queue_url(each.name)
            setup.sqs().call(lambda client, url=url: client.delete_queue(QueueUrl=url))
    names.use(before)


def attributes(queue: str) -> dict[str, str]:
    url = setup.sqs().queue_url(names.physical(queue))
    return setup.sqs().call(lambda c: c.get_queue_attributes(QueueUrl=url, AttributeNames=["All"]))["Attributes"]  # type: ignore[return-value]  # keyed by literals


def states() -> dict[str, State]:
    return {each.queue: each.state for each in setup.plan()}


@pytest.mark.usefixtures("bare")
def test_a_plan_changes_nothing_and_applied_leaves_nothing_to_do() -> None:
    missing = {"default-dlq": State.MISSING, "default": State.MISSING}
    assert [states(), states()] == [missing, missing]
    for _ in range(2):
        setup.apply(setup.plan())

    assert set(states().values()) == {State.RIGHT}


@pytest.mark.usefixtures("bare")
def test_dead_letters_are_kept_longer_and_everything_is_encrypted() -> None:
    setup.apply(setup.plan())
    live, dead = attributes("default"), attributes("default-dlq")

    assert int(dead["MessageRetentionPeriod"]) > int(live["MessageRetentionPeriod"]) == 4 * 86_400
    assert live["SqsManagedSseEnabled"] == dead["SqsManagedSseEnabled"] == "true"
    assert (live["VisibilityTimeout"], live["ReceiveMessageWaitTimeSeconds"]) == ("60", "20")
    assert f'"deadLetterTargetArn": "{dead["QueueArn"]}"' in live["RedrivePolicy"]
    assert '"maxReceiveCount": 50' in live["RedrivePolicy"]


def test_what_differs_is_named_and_set_right_and_its_messages_stay(bare: Queues) -> None:
    setup.apply(setup.plan())
    url = setup.sqs().queue_url(names.physical("default"))
    setup.sqs().call(lambda client: client.send_message(QueueUrl=url, MessageBody="kept"))
    names.use(replace(bare, visibility_seconds=90, retention=timedelta(days=5)))
    (changed,) = (each for each in setup.plan() if each.state is State.DIFFERS)

    assert [(each.attribute, each.found, each.wanted) for each in changed.differences] == [
        ("VisibilityTimeout", "60", "90"),
        ("MessageRetentionPeriod", "345600", "432000"),
    ]
    setup.apply(setup.plan())
    assert set(states().values()) == {State.RIGHT}
    assert attributes("default")["ApproximateNumberOfMessages"] == "1"


@pytest.mark.usefixtures("bare")
def test_one_that_is_encrypted_by_a_key_of_ones_own_is_left_so() -> None:
    setup.apply(setup.plan())
    url = setup.sqs().queue_url(names.physical("default"))
    own = {"KmsMasterKeyId": "alias/ours", "SqsManagedSseEnabled": "false"}
    setup.sqs().call(lambda client: client.set_queue_attributes(QueueUrl=url, Attributes=own))  # type: ignore[arg-type]  # as above

    assert states()["default"] is State.RIGHT


@pytest.mark.usefixtures("bare")
def test_what_was_half_made_is_finished_by_the_next_run() -> None:
    setup.apply(setup.plan()[:1])

    assert states() == {"default-dlq": State.RIGHT, "default": State.MISSING}
    setup.apply(setup.plan())
    assert set(states().values()) == {State.RIGHT}


def test_without_sqs_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = f"http://127.0.0.1:{refusing_port()}"
    nowhere = SqsProvider(SqsOptions(region=REGION, endpoint_url=endpoint, credentials=CREDENTIALS))
    monkeypatch.setitem(registry._providers, "sqs", nowhere)
    with pytest.raises(Unavailable):
        setup.plan()
