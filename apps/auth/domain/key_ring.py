"""The signing keys in the memory of this process, so that verifying a token asks nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.auth import conf
from apps.auth.domain import signing_keys
from novapulse import clock

if TYPE_CHECKING:
    from apps.auth.domain.signing_keys import ActiveKey, VerifyingKey

_NEVER = float("-inf")


class KeyRing:
    """Keys by id, read again after `KEYS_KEPT_SECONDS`, and for an unknown id at most every `KEYS_RELOAD_SECONDS`.

    It has no lock: threads that find it stale at the same moment each read the keys, which harms nobody.
    """

    def __init__(self) -> None:
        """Start empty; the first use reads the keys."""
        self._keys: dict[str, VerifyingKey] = {}
        self._active: ActiveKey | None = None
        self._read_at = _NEVER
        self._sought_at = _NEVER

    def find(self, kid: str) -> VerifyingKey | None:
        """Give a key, None where there is none of this id."""
        now = clock.monotonic()
        known = self._keys.get(kid)
        if now - self._read_at > conf.KEYS_KEPT_SECONDS:
            self._read()
        elif known is not None:
            return known
        elif now - self._sought_at > conf.KEYS_RELOAD_SECONDS:
            self._read()
            self._sought_at = now
        return self._keys.get(kid)

    def active(self) -> ActiveKey:
        """Give the key that signs; it is made where there is none yet."""
        active = self._active
        if active is None or self.find(active.kid) is None:
            active = self._active = signing_keys.active()
            self._read()
        return active

    def all(self) -> list[VerifyingKey]:
        """List the keys that tokens may be signed with, for everybody to verify them."""
        self.active()
        return list(self._keys.values())

    def _read(self) -> None:
        self._keys = signing_keys.load()
        self._read_at = clock.monotonic()


ring = KeyRing()
