"""The figures of webhooks; docs/webhooks.md publishes those that receivers meet."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

ENDPOINTS_MOST: Final = 10  # of a company: each event is sent to all of them
URL_MAX: Final = 2048  # characters
DESCRIPTION_MAX: Final = 200  # characters

SECRET_BYTES: Final = 32  # Standard Webhooks wants 24 to 64
OLD_SECRET_LIVES: Final = timedelta(hours=24)  # beside the one that has taken its place

# How long a process may go by what it knows of a company: that it has no active endpoint. Whoever makes one active
# waits as long before they say so, and from then on every process knows.
KNOWN_SECONDS: Final = 0.5

EVENTS_KEPT: Final = timedelta(days=31)  # beyond the deliveries that may want them once more
DELIVERIES_KEPT: Final = timedelta(days=30)
FAN_OUT_MOST: Final = 50  # events in one transaction, each to all endpoints

# What is waited after each attempt: nine attempts, the last one a day after the first. Give or take a twentieth, so
# that what failed together does not come back together.
SCHEDULE: Final = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=8),
    timedelta(hours=9, minutes=20),
)
JITTER: Final = 0.05
RETRY_AFTER_MOST: Final = timedelta(hours=12)  # that a receiver may ask for
GIVEN_UP_AFTER: Final = timedelta(hours=36)  # whatever has kept a delivery from being tried until then
FAILURES_MOST: Final = 10  # deliveries in a row that fail for good, before an endpoint is disabled

AT_ONCE: Final = 2  # requests to one endpoint from one process: one that hangs leaves the other threads free
SEND_SECONDS: Final = 10.0  # for a request, from the look at the name to the headers of the answer
RESPONSE_BYTES: Final = 500  # of an answer, for people to read
REPLAY_MOST: Final = 1000  # deliveries in one request
