"""Deletes messages ten at a time, a moment after their tasks were settled: a tenth of the calls, and nobody waits.

Open on failure: a message that was not deleted, because SQS is away or this process died, reappears and is found to be
a copy.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Final

from novapulse import log
from novapulse.queues import deliveries

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient

_logger = logging.getLogger(__name__)

_BATCH: Final = 10  # by SQS' own limit
_MOMENT_SECONDS: Final = 0.02


class Deletions:
    """The deletions of one worker."""

    def __init__(self) -> None:
        """Start with nothing to delete."""
        self._waiting: defaultdict[str, list[str]] = defaultdict(list)
        self._lock = Lock()
        self._news, self._stopped = Event(), Event()

    def start(self) -> None:
        """Start the thread; it ends by `stop`, or with the process."""
        Thread(target=self._repeat, name="deletions", daemon=True).start()

    def stop(self) -> None:
        """Delete what waits, and let the thread end."""
        self._stopped.set()
        self._news.set()
        self.flush()

    def add(self, url: str, *, receipt: str) -> None:
        """Have a message deleted soon."""
        with self._lock:
            self._waiting[url].append(receipt)
        self._news.set()

    def flush(self) -> None:
        """Delete what waits."""
        with self._lock:
            taken, self._waiting = self._waiting, defaultdict(list)
        for url, receipts in taken.items():
            for first in range(0, len(receipts), _BATCH):
                _delete(url, receipts[first : first + _BATCH])

    def _repeat(self) -> None:
        while not self._stopped.is_set():
            self._news.wait()
            self._news.clear()
            self._stopped.wait(_MOMENT_SECONDS)  # others end in this moment too
            try:
                self.flush()
            except Exception:  # noqa: BLE001  the outermost edge of this thread, which goes on
                log.failed(_logger, "queue.not_deleted")


def _delete(url: str, receipts: list[str]) -> None:
    def delete(client: SQSClient) -> object:
        entries = [{"Id": str(place), "ReceiptHandle": receipt} for place, receipt in enumerate(receipts)]
        return client.delete_message_batch(QueueUrl=url, Entries=entries)  # type: ignore[arg-type]  # of this very shape

    deliveries.attempt(delete)
