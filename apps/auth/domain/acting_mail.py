"""The mail that tells a company's owners, and the member, that staff act as that member."""

from __future__ import annotations

from email.errors import MessageError
from smtplib import SMTPException
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.mail import send_mail

from apps.auth.domain import members, sessions
from apps.auth.enums import Access
from apps.tenants import api as tenants_api
from novapulse.tasks import Retry

if TYPE_CHECKING:
    from bson import ObjectId

_MAY: Final = {
    Access.READ_ONLY: "They can read what that person can read, and change nothing.",
    Access.READ_WRITE: "They can read what that person can read, and change projects, tasks and comments as they can.",
}
_TEXT: Final = """\
{operator}, of NovaPulse's staff, acts as {name} <{email}> in {company} until {until}.

{may} They see no password and no secret, and get no further way in.

What they do stands in your audit under their own name:

GET {api}/api/v1/audit-events?action=acting.begun,acting.ended

{name} can end it at any time:

DELETE {api}/api/v1/me/sessions/{id}
"""


def tell(session_id: ObjectId) -> None:
    """Mail the owners of the bound company, and the member, while it goes on; raise Retry where that cannot be sent."""
    session = sessions.by_id(session_id)
    if session is None or session.acting is None or not session.is_live:
        return
    member = members.member(session.membership_id)
    text = _TEXT.format(
        operator=session.acting.operator,
        name=member.name,
        email=member.email,
        company=tenants_api.company(session.company_id).name,
        until=session.acting.until.strftime("%d %B %Y %H:%M UTC"),
        may=_MAY[session.acting.access],
        api=settings.PUBLIC_URL,
        id=session.id,
    )
    to = sorted({member.email, *members.owner_addresses()})
    try:
        send_mail("NovaPulse's staff act as a member of your company", text, None, to)
    except (SMTPException, OSError, MessageError) as error:
        raise Retry(type(error).__name__) from error
