"""Receives that wait: one is open for each queue that was empty when it was last asked, each in a thread of its own.

So a quiet queue is heard the moment that something comes, whatever happens in the others meanwhile.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from novapulse.queues.deliveries import SqsDelivery


class Polls:
    """The open receives of one worker; used by one thread."""

    def __init__(self, receive: Callable[..., list[SqsDelivery]], *, queues: int) -> None:
        """Take what receives from a queue, waiting; and how many queues there are."""
        self._receive = receive
        self._pool = ThreadPoolExecutor(queues, thread_name_prefix="poll")
        self._open: dict[str, Future[list[SqsDelivery]]] = {}

    def open(self, queue: str, *, at_most: int) -> None:
        """Wait for messages of a queue, unless that is done already."""
        if queue not in self._open:
            self._open[queue] = self._pool.submit(partial(self._receive, queue, at_most=at_most))

    def is_open(self, queue: str) -> bool:
        """Tell whether messages of a queue are waited for."""
        return queue in self._open

    def wait(self, *, seconds: float) -> None:
        """Wait until one of them has ended."""
        wait(self._open.values(), timeout=seconds, return_when=FIRST_COMPLETED)

    def ended(self) -> list[SqsDelivery]:
        """Give what has come by those that have ended; raises what the first that failed has raised."""
        over = [queue for queue, poll in self._open.items() if poll.done()]
        polls = [self._open.pop(queue) for queue in over]
        received = [delivery for poll in polls if poll.exception() is None for delivery in poll.result()]
        if not received:
            for poll in polls:
                poll.result()
        return received

    def close(self, *, seconds: float) -> list[SqsDelivery]:
        """Wait for the end of all, and give what has come by them."""
        wait(self._open.values(), timeout=seconds)
        self._pool.shutdown(wait=False)
        polls, self._open = list(self._open.values()), {}
        good = [poll for poll in polls if poll.done() and poll.exception() is None]
        return [delivery for poll in good for delivery in poll.result()]
