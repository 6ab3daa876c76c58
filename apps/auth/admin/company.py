"""What the page of a company shows of its members, and the end of all their sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse

from apps.auth.domain import company_sessions
from apps.auth.enums import MembershipStatus
from apps.auth.models import Member, Person
from novapulse.web.admin.acting import act
from novapulse.web.admin.additions import Section, act_on, section
from novapulse.web.admin.parts import Cell, Content, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMPANY: Final = "novapulse_tenants.Company"
_SHOWN: Final = 10


@section(_COMPANY)
class Members(Section):
    """Who is in it."""

    name = "members"
    title = "Members"
    explanation = f"The first {_SHOWN} that are active."

    def read(self, subject: Any) -> Content:  # noqa: ANN401  the model is the tenants app's own
        """Read them, and who they are, by one command each."""
        active = Member.objects.filter(company_id=subject.pk, status=MembershipStatus.ACTIVE.value)
        found = list(active.order_by("created_at", "pk")[:_SHOWN])
        people = Person.objects.in_bulk([each.identity_id for each in found])
        every = Cell("All members", f"{reverse('admin:novapulse_auth_member_changelist')}?company={subject.slug}")
        rows = [_row(each, person=people.get(each.identity_id)) for each in found]
        return Content(table=Table(("Person", "Role", "Kind", "Joined"), rows, "There are none."), more=every)


def _row(member: Member, *, person: Person | None) -> tuple[str | Cell, ...]:
    page = reverse("admin:novapulse_auth_member_change", args=(member.pk,))
    joined = f"{member.created_at:%Y-%m-%d}"
    return (Cell(str(person or member.pk), page), member.role, member.kind, joined)


@act_on(_COMPANY)
@act("End all sessions")
def end_all_sessions(_admin: object, company: Any, _given: Mapping[str, Any]) -> str:  # noqa: ANN401  as above
    """End every session of the company with its tokens; its people sign in anew, and API keys go on."""
    ended = company_sessions.end_all(company.pk)
    return f"{ended} sessions of {company} have ended, and every access token with them."
