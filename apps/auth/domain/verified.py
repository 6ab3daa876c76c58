"""Tokens that this process has verified before: a signature is checked once, not with every request."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from rest_framework_simplejwt.exceptions import TokenError

from apps.auth import conf
from apps.auth.domain import tokens
from apps.auth.domain.key_ring import ring
from novapulse import clock

if TYPE_CHECKING:
    from apps.auth.domain.tokens import AccessUser


class VerifiedTokens:
    """The users of the last verified tokens, the least recently used given up first.

    What can change is asked with each use: has the token expired, is its key still one of ours?
    """

    def __init__(self, *, most: int) -> None:
        """Take how many tokens are kept."""
        self._most = most
        self._lock = threading.Lock()
        self._users: OrderedDict[str, AccessUser] = OrderedDict()

    def __len__(self) -> int:
        """Tell how many tokens are kept."""
        return len(self._users)

    def user_of(self, token: str) -> AccessUser:
        """Give whom a token names; raise TokenError."""
        user = self._known(token)
        if user is None:
            user = tokens.read(token)
            self._keep(token, user=user)
        elif user.expires_at <= clock.now().timestamp() or ring.find(user.kid) is None:
            self._drop(token)
            raise TokenError("The token has expired, or its key was withdrawn.")
        return user

    def _known(self, token: str) -> AccessUser | None:
        with self._lock:
            user = self._users.get(token)
            if user is not None:
                self._users.move_to_end(token)
            return user

    def _keep(self, token: str, *, user: AccessUser) -> None:
        with self._lock:
            self._users[token] = user
            if len(self._users) > self._most:
                self._users.popitem(last=False)

    def _drop(self, token: str) -> None:
        with self._lock:
            self._users.pop(token, None)


verified = VerifiedTokens(most=conf.VERIFIED_TOKENS)
