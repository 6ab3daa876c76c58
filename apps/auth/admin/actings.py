"""Staff who act as users, in the admin: who acts as whom, until they end it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bson import ObjectId

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth.domain import acting
from apps.auth.models import Person
from apps.tenants import api as tenants_api
from novapulse.errors import NotFound
from novapulse.web.admin.boards import Board, Row, Verb, board

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apps.auth.domain.acting import UnderWay


def _end_acting(session_id: str, _given: Mapping[str, Any], _by: str) -> str:
    if not ObjectId.is_valid(session_id):
        raise NotFound
    acting.end(ObjectId(session_id))
    return "It has ended, with its token, on every process."


@board
class Actings(Board):
    """Staff who act as users."""

    name = "actings"
    title = "Acting as users"
    explanation = "Who of the staff acts as whom now. It is begun on the page of a member, and ends by itself."
    columns = ("By", "As", "Company", "Access", "Since", "Until")
    verbs = (Verb("end", "End", "End it now, with its token; the company is told.", _end_acting),)

    def rows(self) -> list[Row]:
        """Read who acts as whom."""
        audit_api.note([Entry(Action.OPERATOR_READ, "list", kind="acting", home=audit_api.PLATFORM)])
        found = acting.under_way()
        people = Person.objects.in_bulk([each.identity_id for each in found])
        slugs = {each.id: each.slug for each in tenants_api.companies({each.company_id for each in found})}
        return [_acting_row(each, person=people.get(each.identity_id), slug=slugs[each.company_id]) for each in found]


def _acting_row(each: UnderWay, *, person: Person | None, slug: str) -> Row:
    since, until = (f"{at:%Y-%m-%d %H:%M} UTC" for at in (each.since, each.until))
    return Row(str(each.id), (each.operator, person, slug, each.access.value, since, until), ("end",))
