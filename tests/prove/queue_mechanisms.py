"""Mechanisms of the queues, each to be taken out once, as `mechanisms` does with those of the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from novapulse import clock
from novapulse.data import transaction
from novapulse.queues import controls, inbox, outbox, running
from novapulse.queues.heartbeat import Heartbeat
from novapulse.queues.inbox import Claim
from novapulse.queues.publisher import Publisher

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pytest

    from novapulse.queues.envelope import Envelope

    Patch = pytest.MonkeyPatch


def _do_the_work_before_its_mark(patch: Patch) -> None:
    """Commit the effect by itself, as a task without `once` would."""

    def work_then_mark(work: Callable[[], Any]) -> Any:
        answer = transaction.run(work)
        attempt = running.current()
        attempt.check()
        return answer

    patch.setattr("tests.prove.chores.tasks.once", work_then_mark)


def _send_without_an_outbox(patch: Patch) -> None:
    """Send after the commit, from memory alone: no row is left to be swept up."""
    patch.setattr(Publisher, "sweep", lambda _self: None)


def _take_every_lease_for_live(patch: Patch) -> None:
    """Never take over from a worker that died."""
    claim = inbox.claim

    def with_a_long_lease(envelope: Envelope, *, owner: str, lease_seconds: float) -> Any:
        return claim(envelope, owner=owner, lease_seconds=lease_seconds + 86_400)

    patch.setattr(inbox, "claim", with_a_long_lease)


def _claim_without_asking(patch: Patch) -> None:
    """Run whatever is delivered, as a worker without an inbox does."""

    def claimed(envelope: Envelope, **_: object) -> Claim:
        return Claim(outbox.ObjectId(envelope.id), 0, 1, 0, clock.now())

    patch.setattr(inbox, "claim", claimed)
    patch.setattr(inbox, "finish", lambda _claim: None)
    patch.setattr(inbox, "complete", lambda _claim, **_: True)


def _never_beat(patch: Patch) -> None:
    """Let leases and visibility run out under a task that runs."""
    patch.setattr(Heartbeat, "beat", lambda _self: None)


def _let_the_stale_finish(patch: Patch) -> None:
    """Believe an owner whatever its fence."""
    patch.setattr(inbox, "finish", lambda _claim: None)


def _fill_queues_without_bound(patch: Patch) -> None:
    """Send a company's whole backlog at once, and give it all threads."""
    patch.setattr("novapulse.queues.sender.window", lambda: 1_000_000)
    patch.setattr(outbox, "others_wait", lambda *_, **__: False)


def _know_nobody_who_is_held_back(patch: Patch) -> None:
    """Work for every company, whatever has become of it."""
    patch.setattr(controls, "_read", controls.Paused)


QUEUE_MECHANISMS: Mapping[str, Callable[[Patch], None]] = {
    "once": _do_the_work_before_its_mark,
    "outbox": _send_without_an_outbox,
    "redelivery": _take_every_lease_for_live,
    "inbox": _claim_without_asking,
    "task-heartbeat": _never_beat,
    "fence": _let_the_stale_finish,
    "parking": _know_nobody_who_is_held_back,
    "window": _fill_queues_without_bound,
}
