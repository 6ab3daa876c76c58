"""People and the signing keys in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth import conf
from apps.auth.domain import deactivation, mfa, password_reset
from apps.auth.domain.identities import email_key
from apps.auth.models import Person, SigningKey
from apps.auth.views import limits
from novapulse.web.admin.acting import act
from novapulse.web.admin.reading import ReadingAdmin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

    from apps.auth.domain.deactivation import Account


@admin.register(Person)
class PersonAdmin(ReadingAdmin):
    """People, who belong to no company alone: what staff read of them stands in the platform's own chain."""

    list_display = ("email", "name", "standing", "signed_in_at", "since")
    list_display_links = ("email", "name")
    sortable_by = ("since",)
    ordering = ("-pk",)
    search_fields = ("email_key",)
    search_help_text = "The whole e-mail address"
    actions_detail = ("end_sessions", "send_reset", "deactivate", "reactivate", "forget_second_factor")
    fields = ("email", "name", "standing", "email_verified_at", "mfa_confirmed_at", "signed_in_at", "created_at")
    readonly_fields = ("standing",)

    def was_read(self, request: HttpRequest, found: Person | None) -> None:  # noqa: ARG002  as where it comes from
        """Write it down."""
        target = "list" if found is None else found.pk
        audit_api.note([Entry(Action.OPERATOR_READ, target, kind="person", home=audit_api.PLATFORM)])

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

    @act("Send reset")
    def send_reset(self, person: Person, _given: Mapping[str, Any]) -> str:
        """Mail this person a token by which they set a new password, as they could ask for themself: five an hour."""
        asked = HttpRequest()
        asked.method = "POST"  # whoever asks, the limit is the mailbox's
        limits.by_mailbox(asked, group="password.forgot", rate=conf.FORGOT_BY_MAILBOX, email=person.email)
        password_reset.send(_account(person).identity)
        return f"{person} is being sent a token, good for an hour; till then their password stays as it is."

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


@admin.register(SigningKey)
class SigningKeyAdmin(ReadingAdmin):
    """Signing keys; `manage.py signing_keys` turns them."""

    list_display = ("kid", "algorithm", "status", "created_at", "changed_at")
    ordering = ("-pk",)
