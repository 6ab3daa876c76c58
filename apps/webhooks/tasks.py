"""The tasks of the webhooks app."""

from __future__ import annotations

from datetime import timedelta

from bson import ObjectId

from apps.webhooks import conf
from apps.webhooks.domain import delivering, failures, happenings, replays
from novapulse.tasks import task

_SHORT = timedelta(seconds=30)
_SPARE_ATTEMPTS = 10  # for what is not the receiver's fault, such as a store that is away


@task(timeout=_SHORT)
def fan_out(event_ids: list[str]) -> None:
    """Make deliveries of events."""
    happenings.fan_out([ObjectId(each) for each in event_ids])


def _note_deaths(reason: str, delivery_ids: list[str]) -> None:
    for each in delivery_ids:
        delivering.bury(ObjectId(each), reason=reason)


def _note_death(reason: str, delivery_id: str) -> None:
    _note_deaths(reason, [delivery_id])


@task(timeout=_SHORT, if_dead=_note_deaths)
def begin(delivery_ids: list[str]) -> None:
    """Have deliveries made, each by a task of its own."""
    replays.begin(delivery_ids)


@task(timeout=_SHORT, if_dead=_note_death, max_attempts=len(conf.SCHEDULE) + 1 + _SPARE_ATTEMPTS)
def deliver(delivery_id: str) -> None:
    """Make an attempt at a delivery."""
    delivering.deliver(ObjectId(delivery_id))


@task(timeout=_SHORT)
def tell_owners(endpoint_id: str) -> None:
    """Mail the owners that an endpoint was disabled."""
    failures.tell_owners(ObjectId(endpoint_id))
