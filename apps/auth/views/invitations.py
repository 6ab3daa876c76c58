"""Invitations: sent and revoked by admins, accepted by whoever holds the token."""
# ruff: noqa: ARG002  every handler is given the request

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.auth import conf
from apps.auth.domain import acceptance, invitations
from apps.auth.domain.acceptance import Acceptance
from apps.auth.enums import InvitationStatus, Role
from apps.auth.errors import (
    AboveYourRole,
    AccountChanged,
    AlreadyMember,
    CompanySuspended,
    InvalidCredentials,
    InvitationNotValid,
    InvitationSettled,
    OtpRequired,
    PasswordRefused,
)
from apps.auth.serializers.credentials import GrantAnswer
from apps.auth.serializers.invitations import (
    Invitation,
    InvitationAnswer,
    InvitationPage,
    InvitationQuery,
    NewInvitation,
)
from apps.auth.views import grants, limits
from apps.tenants.errors import CompanyReadOnly
from novapulse.data.keyset import Order
from novapulse.errors import NotFound, Overloaded, TooMany
from novapulse.web import pagination, rendering
from novapulse.web.cost import Cost
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from bson import ObjectId
    from django.http import HttpRequest, HttpResponse


class InvitationsView(ApiView):
    """All of the company's."""

    operations = {
        "GET": Operation(
            "List the invitations", "invitations.read", cost=Cost.READ, answer=InvitationPage, query=InvitationQuery
        ),
        "POST": Operation(
            "Invite an address; the token goes there by mail",
            "invitations.create",
            cost=Cost.WRITE,
            answer=Invitation,
            status=201,
            body=NewInvitation,
            problems=(AboveYourRole, AlreadyMember, TooMany),
        ),
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page."""
        sort = self.query["sort"]
        wanted = invitations.Wanted(
            statuses=tuple(InvitationStatus(word) for word in self.query.get("status", ())),
            order=Order("created_at", descending=sort.startswith("-")),
            limit=self.query["limit"],
        )
        page = invitations.page(wanted, after=pagination.read_cursor(request))
        return pagination.answer(request, map(invitations.present, page.rows), position=page.next)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Invite; an earlier invitation of the same address is revoked. The answer tells nothing of the token."""
        limits.by_invited(request, email=self.body["email"])
        invitation = invitations.invite(self.body["email"], role=Role(self.body["role"]))
        return rendering.answer(invitations.present(invitation), status=201)


class InvitationView(ApiView):
    """One of them."""

    operations = {
        "DELETE": Operation(
            "Revoke an invitation",
            "invitations.delete",
            cost=Cost.WRITE,
            status=204,
            problems=(NotFound, AboveYourRole, InvitationSettled),
        ),
    }

    def delete(self, request: HttpRequest, invitation_id: ObjectId) -> HttpResponse:
        """Revoke it."""
        invitations.revoke(invitation_id)
        return rendering.nothing()


class AcceptInvitationView(ApiView):
    """For whoever holds the token of a mail: no company, no account is told of to anybody else."""

    authentication_classes = ()
    operations = {
        "POST": Operation(
            "Accept an invitation",
            None,
            answer=GrantAnswer,
            body=InvitationAnswer,
            issues_credential=True,
            problems=(
                InvitationNotValid,
                InvalidCredentials,
                OtpRequired,
                PasswordRefused,
                CompanySuspended,
                CompanyReadOnly,
                AlreadyMember,
                AccountChanged,
                TooMany,
                Overloaded,
            ),
        ),
    }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Join and sign in: where there is an account, with its password, else with a name and a new password."""
        body = self.body
        given = Acceptance(body["token"], body.get("name"), body.get("password"), body.get("otp"))
        limits.by_address(request, group="accept", rate=conf.ACCEPT_BY_ADDRESS)
        limits.by_token(request, group="accept", rate=conf.ACCEPT_BY_TOKEN, token=given.token)
        return grants.answer(acceptance.accept(given, device=grants.device_of(request)))
