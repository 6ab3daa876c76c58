"""Dead letters: what no attempt could do, with the reason; listed, tried anew, or thrown away by an operator.

1. Letters are received ten at a time and stay hidden from others meanwhile, for five minutes at most.
2. One that fits is acted upon and then deleted. A run that is killed in between is run again: trying anew a task that
   is no longer dead does nothing, and the letter goes.
3. One that does not fit is kept hidden until all have been seen, so that no receive brings it twice, then released.

Fails closed: Unavailable or TimedOut where SQS or MongoDB does not answer; what was done by then stays done, and the
next run goes on from there. (SQS' own StartMessageMoveTask knows no filter, and would not reopen the inbox.)
"""

from __future__ import annotations

import json
import logging
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from novapulse import clock, log
from novapulse.queues import names, setup
from novapulse.queues.errors import Unreadable
from novapulse.queues.redrive import again

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from types_boto3_sqs.type_defs import MessageTypeDef

_logger = logging.getLogger(__name__)

PER_SECOND: Final = 50  # a dead letter had its chance: those who wait go first

_BATCH: Final = 10  # SQS gives and takes no more at a time
_LOOK_SECONDS: Final = 1  # a receive that waits asks every server of SQS: only then does nothing mean nothing
_WORDS: Final = ("id", "task", "company_id", "reason", "error", "message", "first_seen", "last_worker", "at")
_NO_REASON: Final = "received-too-often"  # moved by SQS itself, as nobody of ours had ever said a word about it


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter: which task of whom, why it is dead, since when, and how to take hold of the message.

    `body` is the message as it is, `envelope` what it says of the task; id, task and company are empty where that
    cannot be read.
    """

    queue: str
    body: str
    envelope: str
    receipt: str
    message_id: str
    id: str = ""
    task: str = ""
    company_id: str = ""
    reason: str = _NO_REASON
    error: str = ""
    message: str = ""
    attempts: int = 0
    first_seen: str = ""
    last_worker: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters are meant; what is empty fits all.

    task, error (a class, or the reason): the dotted name or its last part; either may have `*` in it. part: what stands
    anywhere in the message, also in one that cannot be read.
    """

    queue: str = ""
    company_id: str = ""
    task: str = ""
    error: str = ""
    id: str = ""
    part: str = ""

    @property
    def queues(self) -> tuple[str, ...]:
        """List the queues whose dead letters are to be looked through; raises LookupError for an unknown one."""
        if self.queue:
            names.physical(self.queue)
        return (self.queue,) if self.queue else names.queues()

    def fits(self, letter: Letter) -> bool:
        """Tell whether this letter is meant."""
        return (
            self.company_id in {"", letter.company_id}
            and self.id in {"", letter.id}
            and self.part in letter.body
            and _is_called(self.task, letter.task)
            and (_is_called(self.error, letter.error) or _is_called(self.error, letter.reason))
        )


def _is_called(wanted: str, name: str) -> bool:
    return not wanted or fnmatchcase(name, wanted) or fnmatchcase(name.rpartition(".")[2], wanted)


@dataclass(slots=True)
class Outcome:
    """What became of the letters that were meant. already: their tasks were tried anew before, or are finished."""

    done: int = 0
    already: int = 0
    unreadable: int = 0


def letters(wanted: Wanted, *, at_most: int) -> list[Letter]:
    """List the letters that are meant, up to a number, and leave them all where they are."""
    with closing(every(wanted)) as found:
        return list(islice(found, at_most))


def every(wanted: Wanted) -> Generator[Letter]:
    """Give the letters that are meant one after another, and leave them all where they are."""
    for queue in wanted.queues:
        with _reading(queue) as reading:
            yield from filter(wanted.fits, reading.letters())


def redrive(wanted: Wanted, *, by: str, seen: Callable[[Letter], None] = lambda _: None) -> Outcome:
    """Have the tasks of the letters that are meant tried anew, with all their attempts and under their old ids.

    by: who asked for it, for the log. seen: is called with each letter, meant or not. What cannot be read stays.
    """
    outcome = Outcome()

    def act(letter: Letter) -> bool:
        try:
            is_new = again(letter.envelope)
        except Unreadable:
            outcome.unreadable += 1
            return False
        outcome.done += is_new
        outcome.already += not is_new
        _audit("queues.dead_letter_redriven", letter, by=by)
        return True

    _go_through(wanted, act=act, seen=seen)
    return outcome


def purge(wanted: Wanted, *, by: str, seen: Callable[[Letter], None] = lambda _: None) -> Outcome:
    """Throw away the letters that are meant, for good; by and seen as in `redrive`."""
    outcome = Outcome()

    def act(letter: Letter) -> bool:
        outcome.done += 1
        _audit("queues.dead_letter_purged", letter, by=by)
        return True

    _go_through(wanted, act=act, seen=seen)
    return outcome


def _go_through(wanted: Wanted, *, act: Callable[[Letter], bool], seen: Callable[[Letter], None]) -> None:
    """Act on each letter that is meant, at a rate, and delete it where that was so."""
    pace = _Pace(PER_SECOND)
    for queue in wanted.queues:
        with _reading(queue) as reading:
            for letter in reading.letters():
                if wanted.fits(letter):
                    pace.wait()
                    if act(letter):
                        reading.delete(letter)
                seen(letter)


@dataclass(slots=True)
class _Reading:
    """The dead-letter queue of one queue, being gone through: what was received is held until it is deleted."""

    queue: str
    url: str
    held: dict[str, str] = field(default_factory=dict)  # message id -> receipt
    known: set[str] = field(default_factory=set)

    def letters(self) -> Iterator[Letter]:
        """Receive until nothing comes that has not been seen."""
        while True:
            messages = self._receive()
            for message in messages:
                self.held[message["MessageId"]] = message["ReceiptHandle"]  # of a message that came back: the new one
            fresh = [message for message in messages if message["MessageId"] not in self.known]
            if not fresh:
                return
            self.known.update(message["MessageId"] for message in fresh)
            for message in fresh:
                yield _letter(message, queue=self.queue)

    def delete(self, letter: Letter) -> None:
        setup.sqs().call(lambda client: client.delete_message(QueueUrl=self.url, ReceiptHandle=letter.receipt))
        self.held.pop(letter.message_id, None)

    def release(self) -> None:
        """Show again at once what was received and stays."""
        entries: list[Any] = [
            {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
            for number, receipt in enumerate(self.held.values())
        ]
        for start in range(0, len(entries), _BATCH):
            self._show(entries[start : start + _BATCH])

    def _show(self, entries: list[Any]) -> None:
        setup.sqs().call(lambda client: client.change_message_visibility_batch(QueueUrl=self.url, Entries=entries))

    def _receive(self) -> list[MessageTypeDef]:
        answer = setup.sqs().poll(
            lambda client: client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=_BATCH,
                VisibilityTimeout=setup.SCAN_SECONDS,
                WaitTimeSeconds=_LOOK_SECONDS,
            )
        )
        return answer.get("Messages", [])


@contextmanager
def _reading(queue: str) -> Iterator[_Reading]:
    reading = _Reading(queue, setup.sqs().queue_url(names.physical(names.of_the_dead(queue))))
    try:
        yield reading
    finally:
        reading.release()


class _Pace:
    """So many a second."""

    def __init__(self, per_second: float) -> None:
        self._seconds = 1 / per_second
        self._next = clock.monotonic()

    def wait(self) -> None:
        now = clock.monotonic()
        time.sleep(max(0.0, self._next - now))
        self._next = max(self._next, now) + self._seconds


def _letter(message: MessageTypeDef, *, queue: str) -> Letter:
    body = message["Body"]
    hold: dict[str, Any] = {"queue": queue, "body": body, "receipt": message["ReceiptHandle"]}
    hold["message_id"] = message["MessageId"]
    content = _object(body)
    if content is None:
        return Letter(**hold, envelope=body, reason="no-json")
    dead, raw = content.get("dead"), content.get("raw")
    if isinstance(raw, str):  # what the worker of its time could not read, and this program perhaps can
        content = _object(raw) or {}
    told = {**content, **(dead if isinstance(dead, dict) else {})}
    given = {name: str(told[name]) for name in _WORDS if told.get(name) is not None}
    attempts = told.get("attempts", told.get("attempt"))
    envelope = raw if isinstance(raw, str) else body
    return Letter(**hold, **given, envelope=envelope, attempts=attempts if isinstance(attempts, int) else 0)


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _audit(event: str, letter: Letter, *, by: str) -> None:
    log.event(
        _logger,
        event,
        task_id=letter.id,
        task=letter.task,
        company_id=letter.company_id,
        queue=letter.queue,
        reason=letter.reason,
        by=by,
    )
