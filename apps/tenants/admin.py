"""Companies in the admin: found, looked at, led from state to state, put on a plan, given limits of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.tenants.domain import companies, limits, standing
from apps.tenants.domain.limits import MOST, Agreement
from apps.tenants.enums import PlanName
from apps.tenants.models import Company
from novapulse.errors import NotFound
from novapulse.gate import standing as gate_standing
from novapulse.web.admin.acting import Reason, act
from novapulse.web.admin.additions import Section, section
from novapulse.web.admin.parts import Content, Figure
from novapulse.web.admin.reading import ReadingAdmin, WordFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest


class PlanForm(Reason):
    """Which plan, and why."""

    plan = forms.ChoiceField(
        choices=[(each.value, each.value.title()) for each in PlanName], widget=UnfoldAdminSelectWidget
    )


def _figure(name: str, help_text: str) -> forms.IntegerField:
    most = MOST[name]
    return forms.IntegerField(
        required=False, min_value=1, max_value=most, help_text=help_text, widget=UnfoldAdminIntegerFieldWidget
    )


class LimitsForm(Reason):
    """Which figures take the place of the plan's, and why; what is left empty is the plan's again."""

    quota = _figure("quota", "Units in a window: a read costs 1, a write 2, a search 5. Empty: as the plan has it.")
    window_seconds = _figure("window_seconds", "Length of the window in seconds. Empty: as the plan has it.")
    concurrency = _figure("concurrency", "Requests at a time. Empty: as the plan has it.")


class RegionFilter(WordFilter):
    """The region, by its two letters."""

    title = "region"
    parameter_name = "country"

    def value(self) -> str | None:
        """Give the letters as they are stored."""
        given = super().value()
        return None if given is None else str(given).upper()


@admin.register(Company)
class CompanyAdmin(ReadingAdmin):
    """Companies."""

    list_display = ("slug", "name", "standing", "plan", "country", "founded")
    list_display_links = ("slug", "name")
    list_filter = ("status", "plan", RegionFilter)
    list_filter_submit = True
    sortable_by = ("slug", "founded")
    ordering = ("slug",)
    search_fields = ("slug",)
    found_by = "slug__startswith"
    search_help_text = "The beginning of a slug"
    actions_detail = ("suspend", "resume", "change_plan", "change_limits", "make_read_only")
    fieldsets = (
        (None, {"fields": ("slug", "name", "standing", "country", "mfa_required")}),
        ("Plan and limits", {"fields": ("plan", "limits", "limit_overrides")}),
        ("Times", {"fields": ("created_at", "updated_at")}),
    )
    readonly_fields = ("standing", "limits")

    def get_object(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  Django's signature
        """Read one that is there: what was deleted is listed, and has nothing left to show."""
        try:
            return super().get_object(*args, **kwargs)
        except NotFound:
            return None

    def was_read(self, request: HttpRequest, found: Company | None) -> None:  # noqa: ARG002  as where it comes from
        """Write it down: of one company in its own chain, whose owners and admins can see it."""
        if found is None:
            audit_api.note([Entry(Action.OPERATOR_READ, "companies", kind="list", home=audit_api.PLATFORM)])
            return
        company = companies.company(found.pk)
        audit_api.note([Entry(Action.OPERATOR_READ, company.id, kind="company", home=company.home)])

    @display(
        description="status",
        label={"Active": "success", "Read-only": "info", "Suspended": "danger", "Deleting": "danger"},
    )
    def standing(self, company: Company) -> str:
        """Show the status in a colour."""
        return str(company.get_status_display())

    @display(description="founded", ordering="pk")
    def founded(self, company: Company) -> Any:  # noqa: ANN401  Django formats it
        """Show when; sorted by the id, which begins with that time and has an index."""
        return company.created_at

    @display(description="may use")
    def limits(self, company: Company) -> str:
        """Tell what holds at present."""
        found = limits.limits_of(companies.company_named(company.slug))
        return f"{found.quota} units in {found.window_seconds} s, {found.concurrency} requests at a time"

    @act("Suspend")
    def suspend(self, company: Company, _given: Mapping[str, Any]) -> str:
        """Refuse every credential of the company and let nobody of it sign in, on every process within a second."""
        outcome = standing.suspend(company.slug)
        return f"{company} {'is suspended.' if outcome.is_changed else 'was suspended already; nothing was changed.'}"

    @act("Make read-only")
    def make_read_only(self, company: Company, _given: Mapping[str, Any]) -> str:
        """Let the company's people read, export and sign out, and refuse whatever else would change something."""
        outcome = standing.make_read_only(company.slug)
        return f"{company} {'is read-only.' if outcome.is_changed else 'was read-only already; nothing was changed.'}"

    @act("Resume")
    def resume(self, company: Company, _given: Mapping[str, Any]) -> str:
        """Let the company's people work again; the access tokens that a suspension has ended stay so."""
        outcome = standing.resume(company.slug)
        return f"{company} {'may work again.' if outcome.is_changed else 'was active already; nothing was changed.'}"

    @act("Change plan", form=PlanForm)
    def change_plan(self, company: Company, given: Mapping[str, Any]) -> str:
        """Put the company on a plan, from its next request on; what is agreed with it alone stays."""
        outcome = limits.change_plan(company.slug, PlanName(given["plan"]))
        plan = outcome.company.plan
        return (
            f"{company} {f'is on the plan {plan} now.' if outcome.is_changed else f'was on the plan {plan} already.'}"
        )

    @act("Agree on limits", form=LimitsForm)
    def change_limits(self, company: Company, given: Mapping[str, Any]) -> str:
        """Let figures of the company's own take the place of its plan's, from its next request on."""
        agreement = Agreement(**{name: given[name] for name in MOST})
        found = limits.limits_of(limits.agree_afresh(company.slug, agreement).company)
        return (
            f"{company} may use {found.quota} units in {found.window_seconds} s, "
            f"{found.concurrency} requests at a time."
        )


@section("novapulse_tenants.Company")
class UsageSection(Section):
    """How far a company has used what it may."""

    name = "usage"
    title = "Usage against limits"
    explanation = "As the gate of all processes counts it now."

    def read(self, subject: Company) -> Content:
        """Ask the gate; who has not been seen by it lately has used nothing."""
        allowed = limits.limits_of(companies.company_named(subject.slug))
        found = gate_standing.usage_of([str(subject.pk)]).get(str(subject.pk))
        used, in_flight = (0, 0) if found is None else (found.limits.quota - found.remaining, found.in_flight)
        shadow = ", ".join(sorted(allowed.shadow))
        return Content(
            figures=(
                _used("Quota used", used, of=allowed.quota, hint=f"units in {allowed.window_seconds} s"),
                _used("In flight", in_flight, of=allowed.concurrency, hint="requests at a time"),
                *((Figure("In shadow", shadow, "counted, not refused"),) if shadow else ()),
            )
        )


def _used(label: str, number: int, *, of: int, hint: str) -> Figure:
    return Figure(label, f"{number:,} of {of:,}", hint, "bad" if number >= of else "")
