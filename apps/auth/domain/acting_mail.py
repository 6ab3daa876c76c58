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

    from apps.auth.domain.sessions import SessionRecord

_MAY: Final = {
    Access.READ_ONLY: "They can read what that person can read, and change nothing.",
    Access.READ_WRITE: "They can read what that person can read, and change projects and tasks as they can.",
}
_TEXT: Final = """\
{operator}, of NovaPulse's staff, {acts} as {name} <{email}> in {company} {when}.

{may} They see no password and no secret, and get no further way in.

What they do stands in your audit under their own name:

GET {api}/api/v1/audit-events?action=acting.begun,acting.ended
{end}"""
_TO_END: Final = """
{name} can end it at any time:

DELETE {api}/api/v1/me/sessions/{id}
"""
_TIME: Final = "%d %B %Y %H:%M UTC"


def tell(session_id: ObjectId) -> None:
    """Mail the owners of the bound company, and the member, also once it is over; raise Retry where that fails."""
    session = sessions.by_id(session_id)
    if session is None or session.acting is None:
        return
    member = members.member(session.membership_id)
    text = _text(
        session,
        operator=session.acting.operator,
        name=member.name,
        email=member.email,
        company=tenants_api.company(session.company_id).name,
        may=_MAY[session.acting.access],
        api=settings.PUBLIC_URL,
        id=session.id,
    )
    to = sorted({member.email, *members.owner_addresses()})
    try:
        send_mail("NovaPulse's staff act as a member of your company", text, None, to)
    except (SMTPException, OSError, MessageError) as error:
        raise Retry(type(error).__name__) from error


def _text(session: SessionRecord, **words: object) -> str:
    """Put it together, as it goes on or as it is over: an acting of a minute may end before its mail is sent."""
    if session.is_live:
        when = f"until {session.good_until.strftime(_TIME)}"
        return _TEXT.format(acts="acts", when=when, end=_TO_END.format(**words), **words)
    ended_at = min(session.ended_at or session.good_until, session.good_until)
    when = f"from {session.created_at.strftime(_TIME)} to {ended_at.strftime(_TIME)}"
    return _TEXT.format(acts="acted", when=when, end="\nIt is over.\n", **words)
