"""Canaries: strings that are nowhere else, so that where one shows, something has been told that should not be."""

from __future__ import annotations

import re
import secrets
import string
from typing import Final

_ALPHABET: Final = string.ascii_lowercase + string.digits
_MARK: Final = "cnry"
_ANY: Final = re.compile(rf"{_MARK}[{_ALPHABET}]{{6}}", re.IGNORECASE)
_LEAST_OF_A_SECRET: Final = 8  # what is shorter may be anywhere


class Aviary:
    """What was let fly, and what the service itself has made that is nobody's business."""

    def __init__(self) -> None:
        self.sent: set[str] = set()
        self.secrets: set[str] = set()

    def canary(self) -> str:
        """Give another one: ten characters, fit for a slug, and in capitals for a key."""
        made = _MARK + "".join(secrets.choice(_ALPHABET) for _ in range(6))
        self.sent.add(made)
        return made

    def learn(self, secret: str) -> None:
        """Note a secret that the service has given out."""
        if len(secret) >= _LEAST_OF_A_SECRET:
            self.secrets.add(secret)

    @property
    def count(self) -> int:
        return len(self.sent) + len(self.secrets)

    def seen_in(self, text: str) -> set[str]:
        """Give what shows in a text; what looks like a canary and is none may be part of something sealed."""
        canaries = (each for each in _ANY.findall(text) if each.lower() in self.sent)
        return {*canaries, *(secret for secret in self.secrets if secret in text)}
