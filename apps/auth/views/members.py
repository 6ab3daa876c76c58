"""The members of one's company."""
# ruff: noqa: ARG002  every handler is given the request

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.auth.domain import members
from apps.auth.enums import Role
from apps.auth.errors import AboveYourRole, LastOwner, MemberEnded
from apps.auth.serializers.members import Member, MemberChange, MemberPage, MemberQuery
from novapulse.data.keyset import Order
from novapulse.errors import NotFound
from novapulse.web import etag, pagination, rendering
from novapulse.web.cost import Cost
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from bson import ObjectId
    from django.http import HttpRequest, HttpResponse


class MembersView(ApiView):
    """All of them."""

    operations = {
        "GET": Operation("List the members", "members.read", cost=Cost.READ, answer=MemberPage, query=MemberQuery)
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page."""
        sort = self.query["sort"]
        wanted = members.Wanted(
            roles=tuple(Role(word) for word in self.query.get("role", ())),
            order=Order("created_at", descending=sort.startswith("-")),
            limit=self.query["limit"],
        )
        page = members.page(wanted, after=pagination.read_cursor(request))
        return pagination.answer(request, map(members.present, page.rows), position=page.next)


class MemberView(ApiView):
    """One of them."""

    operations = {
        "GET": Operation("Read a member", "members.read", cost=Cost.READ, answer=Member, problems=(NotFound,)),
        "PATCH": Operation(
            "Give a member another role",
            "members.update",
            cost=Cost.WRITE,
            answer=Member,
            body=MemberChange,
            partial=True,
            problems=(NotFound, AboveYourRole, LastOwner, MemberEnded),
        ),
        "DELETE": Operation(
            "Remove a member, or leave",
            "members.remove",
            cost=Cost.WRITE,
            status=204,
            problems=(NotFound, AboveYourRole, LastOwner, MemberEnded),
        ),
    }

    def get(self, request: HttpRequest, member_id: ObjectId) -> HttpResponse:
        """Show the member, or say that nothing has changed."""
        found = members.member(member_id)
        if etag.unchanged(request, version=found.revision):
            return etag.not_modified(found.revision)
        return _shown(found)

    def patch(self, request: HttpRequest, member_id: ObjectId) -> HttpResponse:
        """Change the role; sessions of the old one end."""
        if "role" not in self.body:
            return _shown(members.member(member_id))
        return _shown(members.change_role(member_id, role=Role(self.body["role"])))

    def delete(self, request: HttpRequest, member_id: ObjectId) -> HttpResponse:
        """End the membership: your own, or with `members.update` another's. Its id stays readable."""
        members.remove(member_id)
        return rendering.nothing()


def _shown(member: members.Member) -> HttpResponse:
    return rendering.answer(members.present(member), headers={"ETag": etag.of(member.revision)})
