"""People, their memberships and the signing keys in the admin."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bson import ObjectId
from django import forms
from django.conf import settings
from django.contrib import admin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldBooleanWidget

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth import conf
from apps.auth.domain import acting, deactivation, mfa, revocations
from apps.auth.domain.identities import email_key
from apps.auth.enums import Access
from apps.auth.models import Member, Person, SigningKey
from apps.tenants import api as tenants_api
from novapulse import context
from novapulse.errors import NotFound
from novapulse.web.admin.acting import Handed, Reason, act
from novapulse.web.admin.boards import Board, Row, Verb, board
from novapulse.web.admin.reading import ReadingAdmin, WordFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from apps.auth.domain.acting import UnderWay
    from apps.auth.domain.deactivation import Account

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
        help_text="Writing is for projects, tasks and comments, as far as this member may.",
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


class PeopleAdmin(ReadingAdmin):
    """Who belongs to no company alone: what staff read of them stands in the platform's own chain."""

    def was_read(self, key: str | None) -> None:
        """Write it down."""
        kind = self.opts.model_name
        audit_api.note([Entry(Action.OPERATOR_READ, key or "list", kind=kind, home=audit_api.PLATFORM)])


@admin.register(Person)
class PersonAdmin(PeopleAdmin):
    """People."""

    list_display = ("email", "name", "standing", "signed_in_at", "since")
    list_display_links = ("email", "name")
    sortable_by = ("since",)
    ordering = ("-pk",)
    search_fields = ("email_key",)
    search_help_text = "The whole e-mail address"
    actions_detail = ("end_sessions", "deactivate", "reactivate", "forget_second_factor")
    fields = ("email", "name", "standing", "email_verified_at", "mfa_confirmed_at", "signed_in_at", "created_at")
    readonly_fields = ("standing",)

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002  Django's signature
        queryset: QuerySet[Person],
        search_term: str,
    ) -> tuple[QuerySet[Person], bool]:
        """Find by the address, as it is compared at sign-in."""
        term = search_term.strip()
        return (queryset.filter(email_key=email_key(term)) if term else queryset), False

    @display(description="status", label={"Active": "success", "Deactivated": "danger"})
    def standing(self, person: Person) -> str:
        """Show whether they may sign in."""
        return "Active" if person.deactivated_at is None else "Deactivated"

    @display(description="since", ordering="pk")
    def since(self, person: Person) -> Any:  # noqa: ANN401  Django formats it
        """Show when; sorted by the id, which begins with that time and has an index."""
        return person.created_at

    @act("End sessions")
    def end_sessions(self, person: Person, _given: Mapping[str, Any]) -> str:
        """End all sessions of this person in every company; they may sign in again, and their API keys go on."""
        ended = deactivation.end_sessions(_account(person))
        return f"{ended} sessions of {person} have ended."

    @act("Deactivate")
    def deactivate(self, person: Person, _given: Mapping[str, Any]) -> str:
        """End everything that was issued to this person; no password, invitation or reset opens the account."""
        account = _account(person)
        if not account.identity.is_active:
            return f"{person} was deactivated already; nothing was changed."
        deactivation.deactivate(account)
        return f"{person} is deactivated; {account.sessions} sessions have ended."

    @act("Reactivate")
    def reactivate(self, person: Person, _given: Mapping[str, Any]) -> str:
        """Let this person sign in again, with the password that they had; what has ended stays so."""
        account = _account(person)
        if account.identity.is_active:
            return f"{person} was not deactivated; nothing was changed."
        deactivation.reactivate(account)
        return f"{person} may sign in again."

    @act("Forget second factor")
    def forget_second_factor(self, person: Person, _given: Mapping[str, Any]) -> str:
        """Let this person in by password alone, and end their sessions: make sure that it is they who ask."""
        account = _account(person)
        if not account.identity.has_mfa:
            return f"{person} has no second factor; nothing was changed."
        mfa.forget(account.identity.id)
        return f"{person} is without a second factor."


def _account(person: Person) -> Account:
    return deactivation.account(person.email)


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
class MemberAdmin(PeopleAdmin):
    """Memberships."""

    list_display = ("person", "company", "role", "kind", "status", "joined")
    fields = ("person", "company", "role", "kind", "status", "created_at", "ended_at")
    readonly_fields = ("person", "company")
    list_filter = (CompanyOfMembersFilter, "role", "kind", "status")
    list_filter_submit = True
    sortable_by = ("joined",)
    ordering = ("-pk",)
    actions_detail = ("end_credentials", "act_as")

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
        return Handed(done, f"{begun.token}\n\n{request}")


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


@admin.register(SigningKey)
class SigningKeyAdmin(ReadingAdmin):
    """Signing keys; `manage.py signing_keys` turns them."""

    list_display = ("kid", "algorithm", "status", "created_at", "changed_at")
    ordering = ("-pk",)
