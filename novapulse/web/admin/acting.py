"""What staff do to something: a page that asks for the reason, one function of its domain, and what came of it.

    @act("Suspend", form=Reason)
    def suspend(self, company, given):
        '''Let nobody of the company work.'''
        return f"{standing.suspend(company.slug).company.name} is suspended."

The docstring stands above the form. `given` is what the form has asked for. The answer is the sentence that staff read,
or `Handed` where there is something to show once, or `Sent` where a file comes of it.
Troubles that the domain raises stand on the form. Each act is logged as `admin.acted` and stands in the history of its
subject, with who and why.
"""

from __future__ import annotations

import inspect
import logging
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.auth import get_user
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from novapulse import context, log
from novapulse.errors import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from novapulse.web.admin.reading import ReadingAdmin

    Work = Callable[[Any, Any, Mapping[str, Any]], "str | Handed | Sent"]

_logger = logging.getLogger(__name__)

_REASON_MAX: Final = 200


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
class _Case:
    """An act that somebody is about to do to a subject, on a page of the admin."""

    admin: ReadingAdmin
    request: HttpRequest
    subject: Any
    name: str
    title: str
    explanation: str | None

    def page_of_subject(self) -> str:
        opts = self.admin.opts
        route = f"{self.admin.admin_site.name}:{opts.app_label}_{opts.model_name}_change"
        return reverse(route, args=(self.subject.pk,))


class Reason(forms.Form):
    """What every act asks for; others ask for more above it."""

    reason = forms.CharField(
        max_length=_REASON_MAX,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="Why, in words that the company may read: they stand in its audit, and here in the history.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Django's signature
        """Ask for the reason last."""
        super().__init__(*args, **kwargs)
        self.order_fields([name for name in self.fields if name != "reason"])


def act(title: str, *, form: type[Reason] = Reason) -> Callable[[Work], Any]:
    """Make an action of a `ReadingAdmin` (in its `actions_detail`) out of a function that does it and tells.

    title: what stands on the button, in the imperative. form: what is asked for. Who may: `has_act_permission`.
    """

    def decorate(work: Work) -> Any:  # noqa: ANN401  Unfold's action has no type
        @wraps(work)
        def page(admin: ReadingAdmin, request: HttpRequest, object_id: str) -> HttpResponseBase:
            with admin.within(request):
                subject = admin.get_object(request, unquote(object_id))
                if subject is None:
                    raise Http404
                filled = form(request.POST if request.method == "POST" else None)
                done = _done(partial(work, admin, subject), filled) if filled.is_valid() else None
            case = _Case(admin, request, subject, name=work.__name__, title=title, explanation=inspect.getdoc(work))
            if done is None:
                return _asking(case, filled)
            return _told(case, done, reason=filled.cleaned_data["reason"])

        return action(description=title, url_path=work.__name__, permissions=["act"])(page)

    return decorate


def _done(work: Callable[[Mapping[str, Any]], str | Handed | Sent], form: Reason) -> str | Handed | Sent | None:
    """Do it, and give what tells of it; None where the form now says why it was not done."""
    context.explain(form.cleaned_data["reason"])
    try:
        return work(form.cleaned_data)
    except Trouble as trouble:
        form.add_error(None, trouble.detail)
        return None


def _told(case: _Case, came: str | Handed | Sent, *, reason: str) -> HttpResponseBase:
    if isinstance(came, Handed) and not get_user(case.request).is_authenticated:  # read anew: account and password
        came.take_back()
        raise PermissionDenied
    done = came if isinstance(came, str) else came.done
    log.event(
        _logger,
        "admin.acted",
        act=case.name,
        by=case.request.user.get_username(),
        kind=case.admin.opts.label,
        subject=str(case.subject.pk),
        reason=reason,
    )
    case.admin.log_change(case.request, case.subject, f"{done} Reason: {reason}")
    if isinstance(came, Sent):
        return came.file
    if isinstance(came, Handed):  # on this very answer: a redirect would leave it in a message, which cookies carry
        return TemplateResponse(case.request, "admin/handed.html", {**_known(case), "handed": came})
    messages.success(case.request, done)
    return HttpResponseRedirect(case.page_of_subject())


def _asking(case: _Case, form: Reason) -> HttpResponse:
    return TemplateResponse(case.request, "admin/act.html", {**_known(case), "form": form})


def _known(case: _Case) -> dict[str, Any]:
    return {
        **case.admin.admin_site.each_context(case.request),
        "title": f"{case.title}: {case.subject}",
        "case": case,
        "opts": case.admin.opts,
        "original": case.subject,
        "back": case.page_of_subject(),
    }
