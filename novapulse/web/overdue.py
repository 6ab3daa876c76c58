"""What a request that ran out of time is told: of how much time, in what, and what became of its changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from novapulse.errors import TimedOut, Unavailable
from novapulse.resilience import account, deadline
from novapulse.resilience.account import Outcome

if TYPE_CHECKING:
    from novapulse.errors import Trouble

_MILLISECONDS: Final = 1000

_ADVICE: Final = {
    Outcome.NONE: "Nothing was changed, so a retry is safe.",
    Outcome.ROLLED_BACK: "What had been begun was rolled back, so a retry is safe.",
    Outcome.UNKNOWN: "The outcome is unknown: retry with the same Idempotency-Key, or read first.",
}


def members(trouble: TimedOut) -> dict[str, Any]:
    """Give the members of the problem document that a timeout has of its own, its advice included."""
    outcome = outcome_now()
    told: dict[str, Any] = {"detail": f"{trouble.detail} {_ADVICE[outcome]}"}
    running = deadline.current()
    if running is not None:
        told["deadline_ms"] = round((running.ends_at - running.began_at) * _MILLISECONDS)
        told["elapsed_ms"] = round(running.elapsed() * _MILLISECONDS)
    return {**told, "phase": trouble.phase, "outcome": outcome.value}


def outcome_now() -> Outcome:
    """Tell what became of the changes of this request, by the commands that it has really sent; unknown outside one."""
    spent = account.current()
    return Outcome.UNKNOWN if spent is None else spent.outcome()


def truthful(trouble: Trouble) -> Trouble:
    """Promise no safe retry (503) where something was written before the store went away: the outcome is unknown."""
    spent = account.current()
    if type(trouble) is Unavailable and spent is not None and spent.has_committed:
        return TimedOut("The database went away.", phase="database")
    return trouble
