"""The mail that carries an invitation: plain text, the token, and of what strangers write one line of a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from apps.auth.domain import mailing

if TYPE_CHECKING:
    from datetime import datetime

    from bson import ObjectId

    from apps.auth.enums import Role

_TEXT = """\
You are invited to join {company} on NovaPulse as {role}.

To accept, send this token by {until}:

token={token}

It goes, as JSON, to

POST {url}/api/v1/invitations:accept

with a name and a new password or, where you have an account already, with its password alone.
The token works once. Whoever holds it can join in your name, so do not pass it on.
If you do not know {company}, ignore this mail: nothing happens until you accept.
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """What one mail says; `token` stands nowhere else."""

    invitation_id: ObjectId
    email: str
    company: str
    role: Role
    token: str
    expires_at: datetime

    def __repr__(self) -> str:
        """Show no token."""
        return f"Letter(invitation_id={self.invitation_id!r})"


def send(letter: Letter) -> None:
    """Send the mail; where that fails the event is logged and the invitation stays, so that it can be sent anew."""
    company = _one_line(letter.company)
    text = _TEXT.format(
        company=company,
        role=_with_article(letter.role),
        until=letter.expires_at.strftime("%d %B %Y %H:%M UTC"),
        url=settings.PUBLIC_URL,
        token=letter.token,
    )
    mailing.send(
        f"You are invited to join {company}",
        text=text,
        to=letter.email,
        sent="auth.invitation_mailed",
        failed="auth.invitation_mail_failed",
        invitation_id=letter.invitation_id,
    )


def _one_line(name: str) -> str:
    """Keep a name from forging lines or headers of the mail, or from turning the direction of its text."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())


def _with_article(role: Role) -> str:
    return f"an {role}" if role[0] in "ao" else f"a {role}"
