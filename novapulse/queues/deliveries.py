"""Messages as SQS gives them out, and what may be done with one that was received."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import ClientError

from novapulse import clock, log
from novapulse.data import registry
from novapulse.errors import Trouble
from novapulse.queues import names, tracing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from types_boto3_sqs.client import SQSClient
    from types_boto3_sqs.type_defs import MessageTypeDef

    from novapulse.data.sqs import SqsProvider
    from novapulse.queues.deletions import Deletions
    from novapulse.queues.settle import Delivery

_BATCH: Final = 10  # messages of one call, by SQS' own limit

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SqsDelivery:
    """A message that SQS has given us, for as long as its visibility lasts.

    receives: how often it was given out. deletions: where it is deleted together with others.
    """

    queue: str
    url: str
    receipt: str
    body: str
    receives: int
    deletions: Deletions | None = None

    def finish(self) -> None:
        """Delete it; where SQS is away it reappears, and is found to be a copy."""
        if self.deletions is not None:
            self.deletions.add(self.url, receipt=self.receipt)
            return
        attempt(lambda client: client.delete_message(QueueUrl=self.url, ReceiptHandle=self.receipt))

    def show_again(self, *, seconds: int) -> None:
        """Let it reappear after so many seconds; where SQS is away it does when its visibility ends."""
        attempt(
            lambda client: client.change_message_visibility(
                QueueUrl=self.url, ReceiptHandle=self.receipt, VisibilityTimeout=seconds
            )
        )


def provider() -> SqsProvider:
    """Give the provider of SQS."""
    return cast("SqsProvider", registry.provider("sqs"))


def receive(
    queue: str, *, at_most: int, wait_seconds: int, visibility_seconds: int, deletions: Deletions | None = None
) -> list[SqsDelivery]:
    """Receive up to ten messages, waiting for the first of them; raises Unavailable or TimedOut where SQS is away."""
    sqs = provider()
    url = sqs.queue_url(names.physical(queue))
    began_at = clock.monotonic()
    answer = sqs.poll(
        lambda client: client.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=at_most,
            WaitTimeSeconds=wait_seconds,
            VisibilityTimeout=visibility_seconds,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
            MessageAttributeNames=[tracing.ATTRIBUTE],
        )
    )
    messages = answer.get("Messages", [])
    if messages:
        tracing.received(queue, map(_traceparent, messages), began_at=began_at)
    return [
        SqsDelivery(
            queue=queue,
            url=url,
            receipt=message["ReceiptHandle"],
            body=message["Body"],
            receives=int(message.get("Attributes", {}).get("ApproximateReceiveCount", 1)),
            deletions=deletions,
        )
        for message in messages
    ]


def _traceparent(message: MessageTypeDef) -> str | None:
    attribute = message.get("MessageAttributes", {}).get(tracing.ATTRIBUTE)
    return None if attribute is None else attribute.get("StringValue")


def show_all_again(given: Sequence[Delivery], *, seconds: int) -> bool:
    """Let messages reappear after so many seconds, ten with each call; tell whether SQS agreed to all of it."""
    ours = [each for each in given if isinstance(each, SqsDelivery)]
    agreed = True
    for url in {each.url for each in ours}:
        receipts = [each.receipt for each in ours if each.url == url]
        for first in range(0, len(receipts), _BATCH):
            agreed = _show_batch_again(url, receipts[first : first + _BATCH], seconds=seconds) and agreed
    return agreed


def _show_batch_again(url: str, receipts: list[str], *, seconds: int) -> bool:
    entries: list[Any] = [
        {"Id": str(place), "ReceiptHandle": receipt, "VisibilityTimeout": seconds}
        for place, receipt in enumerate(receipts)
    ]
    failed: list[object] = []

    def change(client: SQSClient) -> None:
        answer = client.change_message_visibility_batch(QueueUrl=url, Entries=entries)
        failed.extend(answer.get("Failed", []))

    return attempt(change) and not failed


def attempt(work: Callable[[SQSClient], object]) -> bool:
    """Do something with SQS that is right also where it does not happen; tell whether it did."""
    try:
        provider().call(work)
    except (Trouble, ClientError) as error:  # away; or a receipt that is no longer good
        log.event(_logger, "queue.call_failed", level=logging.WARNING, error=type(error).__name__)
        return False
    return True
