"""Refresh tokens: `npr_<session>_<generation>_<MAC>`, the MAC being HMAC-SHA256 (RFC 2104) in base64url.

The key of the MAC is a subkey of MASTER_KEY, its message begins with the session's random salt: what lies in the
database can be replayed by nobody, and whoever lost an answer gets the same successor, since it can be derived again.

Rotation is a compare-and-set:
1. A token whose MAC is wrong, or whose session is not there, has ended or expired, is refused.
2. A token older than the last but one, or one that comes later than the grace allows, is a copy in wrong hands: the
   session ends for everybody.
3. The session's generation is raised if it is the token's: of any number of callers at once, one does it.
4. The others come late by one generation, and get the token of the present one: the same successor.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bson import ObjectId
from django.conf import settings

from apps.auth import conf
from apps.auth.domain import sessions
from apps.auth.errors import InvalidRefreshToken
from novapulse import clock, keys, log

if TYPE_CHECKING:
    from apps.auth.domain.sessions import SessionRecord

_logger = logging.getLogger(__name__)

_SHAPE = re.compile(r"npr_(?P<session>[0-9a-f]{24})_(?P<generation>[1-9]\d{0,8})_[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Presented:
    """A refresh token that somebody has sent: what it says of itself, not yet known to be genuine."""

    session_id: ObjectId
    generation: int
    text: str


def write(session: SessionRecord) -> str:
    """Write the token of the session's present generation."""
    return _written(session, generation=session.generation)


def read(text: str) -> Presented:
    """Read what a token says of itself; raise InvalidRefreshToken where it has not the shape of one."""
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise InvalidRefreshToken
    return Presented(ObjectId(match["session"]), int(match["generation"]), text)


def session_of(presented: Presented) -> SessionRecord:
    """Give the live session of a genuine token (steps 1 and 2); raise InvalidRefreshToken."""
    session = sessions.by_id(presented.session_id)
    if session is None or not session.is_live:
        raise InvalidRefreshToken
    if not hmac.compare_digest(presented.text, _written(session, generation=presented.generation)):
        raise InvalidRefreshToken
    _check_age(presented, session=session)
    return session


def rotate(presented: Presented) -> SessionRecord:
    """Give the session as it is after the token was used (steps 3 and 4); raise InvalidRefreshToken.

    presented: a token that `session_of` has found genuine.
    """
    raised = sessions.raise_generation(presented.session_id, from_generation=presented.generation)
    return raised or session_of(presented)


def _check_age(presented: Presented, *, session: SessionRecord) -> None:
    late = session.generation - presented.generation
    if late == 0:
        return
    if late == 1 and clock.now() - session.rotated_at <= conf.REFRESH_GRACE:
        return
    sessions.end(session.id, reason="refresh-reuse")
    log.event(
        _logger,
        "auth.refresh_reuse",
        level=logging.WARNING,
        session_id=str(session.id),
        identity_id=str(session.identity_id),
        company_id=str(session.company_id),
        generations_late=late,
    )
    raise InvalidRefreshToken


def _written(session: SessionRecord, *, generation: int) -> str:
    named = f"npr_{session.id}_{generation}"
    key = keys.subkey(settings.MASTER_KEY, purpose="refresh")
    mac = hmac.digest(key, session.salt + named.encode(), hashlib.sha256)
    return f"{named}_{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
