"""Changes that MongoDB tells of, obeyed from memory: so that they act where Redis did not take them, or forgot them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from novapulse import clock
from novapulse.gate.decision import Level

if TYPE_CHECKING:
    from collections.abc import Mapping

    from novapulse.gate.decision import Change, Credential

HEARD_SECONDS: Final = 10.0  # twenty looks of every process, and longer than a replica of Redis lags behind


class Announced:
    """What is pending, as it was last read."""

    def __init__(self) -> None:
        """Know of nothing."""
        self._least: dict[tuple[Level, str], int] = {}
        self._heard_at: dict[str, float] = {}
        self._pending: Mapping[str, Change] = {}

    def hear(self, pending: Mapping[str, Change]) -> list[Change]:
        """Take what is pending now, in the place of what was; give what is new of it."""
        now, news = clock.monotonic(), [change for id_, change in pending.items() if id_ not in self._heard_at]
        self._heard_at = {id_: self._heard_at.get(id_, now) for id_ in pending}
        least: dict[tuple[Level, str], int] = {}
        for change in pending.values():
            at = (change.level, change.subject)
            least[at] = max(change.version, least.get(at, 0))
        self._least, self._pending = least, pending
        return news

    def pending(self) -> list[Change]:
        """List what is pending."""
        return list(self._pending.values())

    def settled(self) -> dict[str, Change]:
        """Give the changes that every process has had the time to hear of, by their ids."""
        until = clock.monotonic() - HEARD_SECONDS
        return {id_: change for id_, change in self._pending.items() if self._heard_at[id_] <= until}

    def ends(self, credential: Credential) -> Level | None:
        """Tell at which level a credential has ended, None where none of what is pending ends it."""
        least = self._least
        if not least:
            return None
        if credential.company_version < least.get((Level.COMPANY, credential.company_id), 0):
            return Level.COMPANY
        if credential.membership_version < least.get((Level.MEMBERSHIP, credential.membership_id), 0):
            return Level.MEMBERSHIP
        if (Level.CREDENTIAL, credential.credential_id) in least:
            return Level.CREDENTIAL
        if (Level.TOKEN, credential.token_id) in least:
            return Level.TOKEN
        return None
