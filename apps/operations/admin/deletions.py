"""Deleting a company, by its page: closed at once, deleted when its grace is over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django import forms
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from apps.operations.domain import deletions
from apps.operations.domain.deletions import Terms
from novapulse import context
from novapulse.errors import Invalid
from novapulse.web.admin.acting import Reason, act
from novapulse.web.admin.additions import act_on

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_DAYS: Final = 365


class DeletionForm(Reason):
    """After how many days, the slug once more, and why."""

    days = forms.IntegerField(
        min_value=1,
        max_value=_MOST_DAYS,
        initial=30,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="For so many days it can still be resumed.",
    )
    confirm = forms.CharField(
        label="Slug",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="The company's slug, once more.",
    )


@act_on("novapulse_tenants.Company", variant=ActionVariant.DANGER)
@act("Delete", form=DeletionForm)
def delete_company(_admin: object, company: Any, given: Mapping[str, Any]) -> str:  # noqa: ANN401  the model is the tenants app's own
    """Close the company at once, and delete all that it has when the days are over; until then it can be resumed."""
    if given["confirm"] != company.slug:
        raise Invalid(f"That is not the company's slug; to delete it, write {company.slug}.")
    terms = Terms(given["reason"], by=context.operator(), grace=timedelta(days=given["days"]))
    deletion = deletions.ask(company.slug, terms)
    if deletion.begun_at is not None:
        return f"{company} is being deleted already: it cannot be resumed, and no other terms count any more."
    return (
        f"{company} is closed, and is to be deleted at {deletion.delete_at:%Y-%m-%d %H:%M} UTC; until then, resume it."
    )
