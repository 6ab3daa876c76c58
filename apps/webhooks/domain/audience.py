"""Whether a company has anybody to be told of its changes: asked with each of them, answered from memory.

1. A process asks MongoDB, and keeps the answer for `conf.KNOWN_SECONDS`: most companies have no endpoint, and their
   changes shall cost what they cost alone.
2. Whoever makes an endpoint active waits as long after the commit, before they answer. By then no process goes by an
   answer from before: every change that begins after that answer is told of. (The same way a lease is waited out.)
3. That there is no endpoint any more may be known later: what is told then finds nobody to go to.

The question is asked outside of the change's own transaction, which may see a moment that is long past.
"""

from __future__ import annotations

import time
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from apps.webhooks import conf
from apps.webhooks.documents import WebhookEndpoint
from apps.webhooks.enums import EndpointStatus
from novapulse import clock
from novapulse.resilience import deadline
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from bson import ObjectId

    from novapulse.tenancy.scope import Scope

_MOST_COMPANIES: Final = 10_000  # that a process remembers; beyond it starts anew


@dataclass(frozen=True, slots=True)
class _Answer:
    is_there: bool
    asked_at: float


class Audience:
    """What a process knows of the companies that it works for."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._known: dict[ObjectId, _Answer] = {}

    def is_there(self) -> bool:
        """Tell whether the bound company has an active endpoint; False where none is bound.

        Fails closed: where MongoDB has to be asked and is away, its error goes through.
        """
        bound = scope.active()
        if bound is None:
            return False
        known = self._known.get(bound.company_id)
        if known is None or clock.monotonic() - known.asked_at >= conf.KNOWN_SECONDS:
            known = self._asked(bound)
        return known.is_there

    def _asked(self, bound: Scope) -> _Answer:
        asked_at = clock.monotonic()
        answer = _Answer(Context().run(deadline.carried(partial(_has_endpoint, bound))), asked_at)
        if len(self._known) >= _MOST_COMPANIES:
            self._known.clear()
        self._known[bound.company_id] = answer
        return answer


def wait_until_everybody_knows() -> None:
    """Wait until no process takes the company for one without endpoints any more (step 2)."""
    time.sleep(conf.KNOWN_SECONDS)


def _has_endpoint(bound: Scope) -> bool:
    with scope.company(bound.company_id, location=bound.location):
        endpoints = WebhookEndpoint.collection()
        return endpoints.find_one({"status": EndpointStatus.ACTIVE.value}, {"_id": 1}) is not None


audience: Final = Audience()
