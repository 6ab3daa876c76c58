"""The queues as they should be against those that SQS has. Never deletes one, nor a message.

What is missing is made, what differs is set right: unlike an index, an attribute costs nothing to change. Fails closed:
Unavailable or TimedOut where SQS does not answer; what was set by then stays, and the next run goes on from there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, cast

from novapulse.data import registry
from novapulse.data.sqs import NoSuchQueue, SqsProvider
from novapulse.queues import names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta

SCAN_SECONDS: Final = 300  # how long dead letters stay hidden while an operator goes through them
_REDRIVE: Final = "RedrivePolicy"
_ENCRYPTED: Final = "SqsManagedSseEnabled"
_OWN_KEY: Final = "KmsMasterKeyId"


class State(StrEnum):
    """How a queue is."""

    RIGHT = "right"
    MISSING = "missing"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Difference:
    """One attribute: as SQS has it (empty: not at all), and as it should be."""

    attribute: str
    found: str
    wanted: str


@dataclass(frozen=True, slots=True)
class QueuePlan:
    """One queue: our name for it, its name in SQS, how it is, and what there is to set."""

    queue: str
    name: str
    state: State
    differences: tuple[Difference, ...]


def sqs() -> SqsProvider:
    """Give the provider."""
    return cast("SqsProvider", registry.provider("sqs"))


def plan() -> tuple[QueuePlan, ...]:
    """Compare each queue with what it should be, dead-letter queues first: the others refer to them."""
    queues = names.queues()
    wanted = {
        **{names.of_the_dead(queue): _wanted_of_dead() for queue in queues},
        **{queue: _wanted(queue) for queue in queues},
    }
    return tuple(_planned(queue, attributes) for queue, attributes in wanted.items())


def apply(plans: tuple[QueuePlan, ...], *, done: Callable[[QueuePlan], None] = lambda _: None) -> None:
    """Make what is missing and set what differs, in the order of the plan; done: is called after each queue."""
    for each in plans:
        if each.state is State.MISSING:
            _make(each)
        elif each.state is State.DIFFERS:
            _set(each)
        done(each)


def _wanted(queue: str) -> dict[str, str]:
    queues = names.current()
    return {
        "VisibilityTimeout": str(queues.visibility_seconds),
        "MessageRetentionPeriod": _seconds(queues.retention),
        "ReceiveMessageWaitTimeSeconds": str(queues.wait_seconds),
        _ENCRYPTED: "true",
        _REDRIVE: f"{names.physical(names.of_the_dead(queue))} after {names.MAX_RECEIVES} receives",
    }


def _wanted_of_dead() -> dict[str, str]:
    retention = _seconds(names.current().dead_retention)
    return {"VisibilityTimeout": str(SCAN_SECONDS), "MessageRetentionPeriod": retention, _ENCRYPTED: "true"}


def _planned(queue: str, wanted: Mapping[str, str]) -> QueuePlan:
    name = names.physical(queue)
    try:
        found = _found(name)
    except NoSuchQueue:
        missing = tuple(Difference(attribute, "", value) for attribute, value in wanted.items())
        return QueuePlan(queue, name, State.MISSING, missing)
    differences = tuple(
        Difference(attribute, found.get(attribute, ""), value)
        for attribute, value in wanted.items()
        if found.get(attribute, "") != value
    )
    return QueuePlan(queue, name, State.DIFFERS if differences else State.RIGHT, differences)


def _found(name: str) -> dict[str, str]:
    """Read a queue's attributes in the words of our plan; one that is encrypted by a key of one's own is encrypted."""
    url = sqs().queue_url(name)
    answer = sqs().call(lambda client: client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"]))
    found: dict[str, str] = {str(attribute): value for attribute, value in answer["Attributes"].items()}
    if found.get(_OWN_KEY):
        found[_ENCRYPTED] = "true"
    if _REDRIVE in found:
        policy = json.loads(found[_REDRIVE])
        target = str(policy["deadLetterTargetArn"]).rpartition(":")[2]
        found[_REDRIVE] = f"{target} after {policy['maxReceiveCount']} receives"
    return found


def _make(planned: QueuePlan) -> None:
    attributes = _attributes(planned)
    sqs().call(lambda client: client.create_queue(QueueName=planned.name, Attributes=attributes))


def _set(planned: QueuePlan) -> None:
    url, attributes = sqs().queue_url(planned.name), _attributes(planned)
    sqs().call(lambda client: client.set_queue_attributes(QueueUrl=url, Attributes=attributes))


def _attributes(planned: QueuePlan) -> Any:  # noqa: ANN401  a literal type of boto3's stubs
    """Give what is to be set, in SQS' own words."""
    wanted = {each.attribute: each.wanted for each in planned.differences}
    if _REDRIVE in wanted:
        url = sqs().queue_url(names.physical(names.of_the_dead(planned.queue)))
        answer = sqs().call(lambda client: client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"]))
        policy = {"deadLetterTargetArn": answer["Attributes"]["QueueArn"], "maxReceiveCount": names.MAX_RECEIVES}
        wanted[_REDRIVE] = json.dumps(policy)
    return wanted


def _seconds(length: timedelta) -> str:
    return str(int(length.total_seconds()))
