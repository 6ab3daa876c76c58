"""The mail that carries the token of a password reset; it stands nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from apps.auth.domain import mailing

if TYPE_CHECKING:
    from datetime import datetime

    from bson import ObjectId

_TEXT = """\
Somebody, most likely you, has asked for a new password for your account at NovaPulse.

To set it, send this token by {until}:

token={token}

It goes, as JSON with the new_password that you choose, to

POST {url}/api/v1/auth/password:reset

The token works once, and only the newest one works. Whoever holds it can take your account, so do not pass it on.
If you did not ask, ignore this mail: your password stays as it is.
"""


@dataclass(frozen=True, slots=True)
class ResetLetter:
    """What one mail says."""

    identity_id: ObjectId
    email: str
    token: str
    expires_at: datetime

    def __repr__(self) -> str:
        """Show no token."""
        return f"ResetLetter(identity_id={self.identity_id!r})"


def send(letter: ResetLetter) -> None:
    """Send the mail; where that fails the event is logged, and whoever waits for it asks again. It raises nothing."""
    until = letter.expires_at.strftime("%d %B %Y %H:%M UTC")
    text = _TEXT.format(until=until, token=letter.token, url=settings.PUBLIC_URL)
    mailing.send(
        "Your new password for NovaPulse",
        text=text,
        to=letter.email,
        sent="auth.reset_mailed",
        failed="auth.reset_mail_failed",
        identity_id=letter.identity_id,
    )
