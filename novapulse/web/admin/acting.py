"""What staff do to something: a page that asks for the reason, one function of its domain, and what came of it.

    @act("Suspend", form=Reason)
    def suspend(self, company, given):
        '''Let nobody of the company work.'''
        return f"{standing.suspend(company.slug).company.name} is suspended."

The docstring stands above the form. `given` is what the form has asked for. The answer is the sentence that staff read,
or `Handed` where there is something to show once, or `Sent` where a file comes of it.
Troubles that the domain raises stand on the form. Each act is logged as `admin.acted` and stands in the history of its
subject, with who and why. Boards do what they do by the same function (`carried_out`).
"""

from __future__ import annotations

import inspect
import logging
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.contrib.admin.utils import unquote
from django.contrib.auth import get_user
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from novapulse import context, log
from novapulse.errors import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.contrib.admin import AdminSite
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from novapulse.web.admin.reading import ReadingAdmin

    Work = Callable[[Any, Any, Mapping[str, Any]], "str | Handed | Sent"]

_logger = logging.getLogger(__name__)

_REASON_MAX: Final = 200
_NAME_MAX: Final = 200  # characters that LogEntry has room for


@dataclass(frozen=True, slots=True)
class Handed:
    """What came of an act that hands something out: the sentence, and the text that this one answer shows.

    take_back: undoes it, where whoever has asked was shut out meanwhile; then nothing is shown.
    """

    done: str
    text: str = field(repr=False)
    take_back: Callable[[], object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of an act that sends a file: the sentence for the history, and the answer that the file is."""

    done: str
    file: HttpResponseBase


@dataclass(frozen=True, slots=True)
class Case:
    """An act that somebody is about to do, on a page of the admin.

    title: what stands on the button. kind, key: what it is done to, and which of these. subject: what staff call it,
    or the object of a page's model, under whose History it then stands. back: the address that one comes from.
    """

    request: HttpRequest
    site: AdminSite
    name: str
    title: str
    explanation: str
    form: type[Reason]
    kind: str
    key: str
    subject: str | Model
    back: str

    @property
    def heading(self) -> str:
        """Say what is done to what."""
        return f"{self.title}: {self.subject}" if str(self.subject) else self.title


def _is_one_line(text: str) -> None:
    if not text.isprintable():  # as for the --reason of commands
        raise ValidationError("Give one line, without control characters.")


class Reason(forms.Form):
    """What every act asks for; others ask for more above it."""

    reason = forms.CharField(
        max_length=_REASON_MAX,
        validators=[_is_one_line],
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="Why, in words that the company may read: they stand in its audit, and here in the history.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Django's signature
        """Ask for the reason last."""
        super().__init__(*args, **kwargs)
        self.order_fields([name for name in self.fields if name != "reason"])


def act(title: str, *, form: type[Reason] = Reason) -> Callable[[Work], Any]:
    """Make an action of a `ReadingAdmin` (in its `actions_detail`) out of a function that does it and tells.

    title: what stands on the button, in the imperative. form: what is asked for. Who may: `may_act`.
    """

    def decorate(work: Work) -> Any:  # noqa: ANN401  Unfold's action has no type
        @wraps(work)
        def page(admin: ReadingAdmin, request: HttpRequest, object_id: str) -> HttpResponseBase:
            with admin.within(request):
                subject = admin.get_object(request, unquote(object_id))
                if subject is None:
                    raise Http404
                case = Case(
                    request,
                    admin.admin_site,
                    name=work.__name__,
                    title=title,
                    explanation=inspect.getdoc(work) or "",
                    form=form,
                    kind=admin.opts.label,
                    key=str(subject.pk),
                    subject=subject,
                    back=_page_of(subject, site=admin.admin_site),
                )
                return carried_out(case, partial(work, admin, subject))

        return action(description=title, url_path=work.__name__, permissions=["act"])(page)

    return decorate


def may_act(request: HttpRequest) -> bool:
    """Tell whether this member of staff may do what pages offer; who may not, may look at everything."""
    return bool(request.user.is_superuser)


def carried_out(case: Case, work: Callable[[Mapping[str, Any]], str | Handed | Sent]) -> HttpResponseBase:
    """Ask for the reason and whatever else the form wants; once that is given do it, write it down, and tell.

    Raises PermissionDenied, before and, where something would be handed to whoever was shut out meanwhile, after it.
    """
    if not may_act(case.request):
        raise PermissionDenied
    form = case.form(case.request.POST if case.request.method == "POST" else None)
    came = _done(work, form) if form.is_valid() else None
    if came is None:
        return TemplateResponse(case.request, "admin/act.html", {**_known(case), "form": form})
    return _told(case, came, reason=form.cleaned_data["reason"])


def _done(work: Callable[[Mapping[str, Any]], str | Handed | Sent], form: Reason) -> str | Handed | Sent | None:
    """Do it, and give what tells of it; None where the form now says why it was not done."""
    context.explain(form.cleaned_data["reason"])
    try:
        return work(form.cleaned_data)
    except Trouble as trouble:
        form.add_error(None, trouble.detail)
        return None


def _told(case: Case, came: str | Handed | Sent, *, reason: str) -> HttpResponseBase:
    if isinstance(came, Handed) and not get_user(case.request).is_authenticated:  # read anew: account and password
        came.take_back()
        raise PermissionDenied
    done = came if isinstance(came, str) else came.done
    _write_down(case, done, reason=reason)
    if isinstance(came, Sent):
        return came.file
    if isinstance(came, Handed):  # on this very answer: a redirect would leave it in a message, which cookies carry
        return TemplateResponse(case.request, "admin/handed.html", {**_known(case), "handed": came})
    messages.success(case.request, done)
    return HttpResponseRedirect(case.back)


def _write_down(case: Case, done: str, *, reason: str) -> None:
    by = case.request.user.get_username()
    log.event(_logger, "admin.acted", act=case.name, by=by, kind=case.kind, subject=case.key, reason=reason)
    LogEntry.objects.create(
        user_id=str(case.request.user.pk),
        content_type=get_content_type_for_model(case.subject) if isinstance(case.subject, Model) else None,
        object_id=case.key,
        object_repr=(str(case.subject) or case.kind)[:_NAME_MAX],
        action_flag=CHANGE,
        change_message=f"{done} Reason: {reason}",
    )


def _page_of(subject: Model, *, site: AdminSite) -> str:
    opts = subject._meta  # noqa: SLF001  public, by Django's documentation
    return reverse(f"{site.name}:{opts.app_label}_{opts.model_name}_change", args=(subject.pk,))


def _known(case: Case) -> dict[str, Any]:
    known = {**case.site.each_context(case.request), "title": case.heading, "case": case, "back": case.back}
    if isinstance(case.subject, Model):
        known |= {"opts": case.subject._meta, "original": case.subject}  # noqa: SLF001  as above
    return known
