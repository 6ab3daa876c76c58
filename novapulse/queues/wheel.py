"""Which queue is asked next: each as often as its weight says, evenly spread, and none never.

Smooth weighted round robin: every queue gains its weight, the richest is chosen and pays for all.
Source: github.com/nginx/nginx, commit 52327e0627f4 ("Upstream: smooth weighted round-robin balancing").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class Wheel:
    """Turns round queues; one thread's."""

    def __init__(self, weights: Mapping[str, int]) -> None:
        """Take the weight of each queue, 1 at least."""
        self._weights = dict(weights)
        self._credit = dict.fromkeys(weights, 0)

    def next(self, *, among: Collection[str]) -> str:
        """Choose one of these queues, of which there must be one."""
        for queue in among:
            self._credit[queue] += self._weights[queue]
        chosen = max(among, key=lambda queue: self._credit[queue])
        self._credit[chosen] -= sum(self._weights[queue] for queue in among)
        return chosen
