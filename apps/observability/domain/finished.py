"""A request that has been answered, as those who tell of it see it: the log, the metrics, the traces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from novapulse.context import Trail
    from novapulse.resilience.account import Account


_HEALTH: Final = "health/"
_METRICS: Final = "metrics"
_PARTS: Final = "admin/parts/"  # of a page that asks for them again and again


@dataclass(frozen=True, slots=True)
class Finished:
    """One request; `ended_at` is the monotonic clock's.

    `method` is a known one or `_OTHER` (`novapulse.web.methods`), `route` is the pattern, empty where none fits.
    """

    method: str
    route: str
    status: int
    began_at: float
    ended_at: float
    trail: Trail
    spent: Account

    @property
    def seconds(self) -> float:
        """Tell how long it took."""
        return self.ended_at - self.began_at

    @property
    def is_probe(self) -> bool:
        """Tell whether it is one for health, metrics or figures, for which programs ask every few seconds."""
        return self.route == _METRICS or self.route.startswith((_HEALTH, _PARTS))
