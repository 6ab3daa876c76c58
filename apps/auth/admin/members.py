"""Memberships in the admin: who is in which company, their credentials, and acting as them."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldBooleanWidget

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth import conf
from apps.auth.domain import acting, revocations
from apps.auth.enums import Access
from apps.auth.models import Member, Person
from apps.tenants import api as tenants_api
from novapulse import context
from novapulse.web.admin.acting import Handed, Reason, act
from novapulse.web.admin.reading import ReadingAdmin, WordFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from apps.tenants.api import CompanyRecord

_MINUTE = timedelta(minutes=1)


class ActingForm(Reason):
    """For how long, how far, and why."""

    minutes = forms.IntegerField(
        min_value=1,
        max_value=conf.ACTING_LONGEST // _MINUTE,
        initial=conf.ACTING_LIFETIME // _MINUTE,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=f"For how long, {conf.ACTING_LONGEST // _MINUTE} at most; then it ends by itself.",
    )
    access = forms.ChoiceField(
        choices=[(Access.READ_ONLY.value, "Read only"), (Access.READ_WRITE.value, "Read and write")],
        widget=UnfoldAdminSelectWidget,
        help_text="Writing is for projects and tasks, as far as this member may.",
    )
    is_sure = forms.BooleanField(
        label="The company has asked for changes to be made",
        required=False,
        widget=UnfoldBooleanWidget,
        help_text="To be ticked for “Read and write”.",
    )

    def clean(self) -> dict[str, Any]:
        """Refuse to write where that was chosen without being confirmed."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("access") == Access.READ_WRITE and not given.get("is_sure"):
            self.add_error("is_sure", "Confirm that changes are to be made, or choose to read only.")
        return given


class CompanyOfMembersFilter(WordFilter):
    """The company, by its slug."""

    title = "company (slug)"
    parameter_name = "company"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002  Django's signature
        """Narrow it to the members of that company; of one that is not there, to none."""
        slug = (self.value() or "").strip()
        if not slug:
            return queryset
        company = tenants_api.company_by_slug(slug)
        return queryset.none() if company is None else queryset.filter(company_id=company.id)


@admin.register(Member)
class MemberAdmin(ReadingAdmin):
    """Memberships."""

    list_display = ("person", "company", "role", "kind", "status", "joined")
    fields = ("person", "company", "role", "kind", "status", "created_at", "ended_at")
    readonly_fields = ("person", "company")
    list_filter = (CompanyOfMembersFilter, "role", "kind", "status")
    list_filter_submit = True
    sortable_by = ("joined",)
    ordering = ("-pk",)
    actions_detail = ("end_credentials", "act_as")

    def was_read(self, request: HttpRequest, found: Member | None) -> None:
        """Write it down in the chain of the company whose members are read; of those of all, in the platform's."""
        named = request.GET.get(CompanyOfMembersFilter.parameter_name, "").strip()
        whose = tenants_api.company_by_slug(named) if found is None else _company_of(found)
        target = "list" if found is None else found.pk
        home = audit_api.PLATFORM if whose is None else whose.home
        audit_api.note([Entry(Action.OPERATOR_READ, target, kind="member", home=home)])

    def complete(self, rows: list[Member]) -> None:
        """Read people and companies of a page by one command each."""
        people = Person.objects.in_bulk([row.identity_id for row in rows])
        companies = {each.id: each for each in tenants_api.companies({row.company_id for row in rows})}
        for row in rows:
            row.person, row.company = people.get(row.identity_id), companies.get(row.company_id)

    @display(description="person")
    def person(self, member: Member) -> str:
        """Name who it is."""
        return str(member.person or member.identity_id)

    @display(description="company")
    def company(self, member: Member) -> str:
        """Name where."""
        return f"{member.company.name} ({member.company.slug})" if member.company else str(member.company_id)

    @display(description="joined", ordering="pk")
    def joined(self, member: Member) -> Any:  # noqa: ANN401  Django formats it
        """Show when; sorted by the id, which begins with that time and has an index."""
        return member.created_at

    @act("End credentials")
    def end_credentials(self, member: Member, _given: Mapping[str, Any]) -> str:
        """End all sessions, tokens and API keys of this membership; whoever holds it may sign in again."""
        found = revocations.of_membership(member.pk)
        found.apply()
        return f"{found.sessions} sessions, and all tokens and API keys of the membership, have ended."

    @act("Act as", form=ActingForm)
    def act_as(self, member: Member, given: Mapping[str, Any]) -> Handed:
        """Get a token of the API that sees what this member sees, for a while. The company is told who did so."""
        access, length = Access(given["access"]), timedelta(minutes=given["minutes"])
        begun = acting.begin(member.pk, operator=context.operator(), access=access, length=length)
        until = f"{begun.session.good_until:%Y-%m-%d %H:%M:%S} UTC"
        request = f'curl -H "Authorization: Bearer {begun.token}" {settings.PUBLIC_URL}/api/v1/me'
        done = f"You act as {member.person or member}, {access.value}, until {until}. End it under “Acting as users”."
        return Handed(done, f"{begun.token}\n\n{request}", take_back=partial(acting.end, begun.session.id))


def _company_of(member: Member) -> CompanyRecord | None:
    return next(iter(tenants_api.companies([member.company_id])), None)
