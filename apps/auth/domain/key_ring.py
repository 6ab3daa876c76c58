"""The signing keys in the memory of this process, so that verifying a token asks nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from apps.auth import conf
from apps.auth.domain import signing_keys
from apps.auth.enums import KeyStatus
from novapulse import clock

if TYPE_CHECKING:
    from apps.auth.domain.signing_keys import ActiveKey, VerifyingKey

_NEVER: Final = float("-inf")


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys as they were read, when that was, and how many refreshes had been asked for by then."""

    by_kid: dict[str, VerifyingKey] = field(default_factory=dict)
    read_at: float = _NEVER
    refreshes: int = 0

    @property
    def signer(self) -> str | None:
        """Give the id of the key that signs, None where there is none."""
        return next((kid for kid, key in self.by_kid.items() if key.status is KeyStatus.ACTIVE), None)


class KeyRing:
    """Keys by id, read again after `KEYS_KEPT_SECONDS`, and for an unknown id at most every `KEYS_RELOAD_SECONDS`.

    It has no lock: threads that find it stale at the same moment each read the keys, which harms nobody. One that was
    overtaken by a refresh while it read leaves keys that are stale already, so the next use reads again.
    """

    def __init__(self) -> None:
        """Start empty; the first use reads the keys."""
        self._keys = _Keys()
        self._active: ActiveKey | None = None
        self._refreshes = 0
        self._sought_at = _NEVER

    def refresh(self) -> None:
        """Trust nothing that was read before now: the next use reads the keys."""
        self._refreshes += 1

    def find(self, kid: str) -> VerifyingKey | None:
        """Give a key, None where there is none of this id, or where it was withdrawn."""
        key = self._fresh().by_kid.get(kid)
        now = clock.monotonic()
        if key is None and now - self._sought_at > conf.KEYS_RELOAD_SECONDS:
            key = self._read().by_kid.get(kid)
            self._sought_at = now
        return key

    def active(self) -> ActiveKey:
        """Give the key that signs; it is made where there is none yet."""
        signer, active = self._fresh().signer, self._active
        if active is None or active.kid != signer:
            active = self._active = signing_keys.active()
            if active.kid != signer:  # made just now, by us or by another
                self._read()
        return active

    def all(self) -> list[VerifyingKey]:
        """List the keys that verify tokens, for everybody to do so."""
        self.active()
        return list(self._fresh().by_kid.values())

    def _fresh(self) -> _Keys:
        keys = self._keys
        is_old = clock.monotonic() - keys.read_at > conf.KEYS_KEPT_SECONDS
        return self._read() if is_old or keys.refreshes != self._refreshes else keys

    def _read(self) -> _Keys:
        asked_at, refreshes = clock.monotonic(), self._refreshes
        keys = self._keys = _Keys(signing_keys.load(), asked_at, refreshes)
        return keys


ring = KeyRing()
