"""The audit in the admin: what a company's chain tells, or the platform's own, and whether it is as it was sealed."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any, Final

from bson import ObjectId
from django import forms
from django.urls import reverse
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apps.audit import api as audit_api
from apps.audit.api import Action, AuditSearch, Entry
from apps.auth import api as auth_api
from apps.tenants import api as tenants_api
from novapulse.data.keyset import Position
from novapulse.errors import Conflict, NotFound
from novapulse.tenancy import scope
from novapulse.web.admin.additions import Section, section
from novapulse.web.admin.boards import Asked, Board, Listed, Note, Row, Verb, board
from novapulse.web.admin.parts import Cell, Content, Table
from novapulse.web.rendering import instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from apps.audit.api import Look
    from novapulse.tenancy.scope import Scope

Document = dict[str, Any]

_SHOWN: Final = 50
_SHOWN_OF_COMPANY: Final = 10
_ANY: Final = ""
_NO_SUCH_MEMBER: Final = Note("The company has no such active member; who has left is found by the id.", "bad")


class AuditForm(forms.Form):
    """Whose records, and which."""

    company = forms.CharField(
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="Its slug; empty for the platform's own.",
    )
    action = forms.ChoiceField(
        required=False,
        choices=[(_ANY, "Any"), *((each.value, each.value) for each in sorted(Action))],
        widget=UnfoldAdminSelectWidget,
    )
    actor = forms.CharField(
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="A member of the company, by address or id.",
    )
    since = forms.DateField(required=False, widget=UnfoldAdminDateWidget, help_text="A day, in UTC.")

    def clean_company(self) -> tuple[str, Scope]:
        """Find the company; refuse a slug that none has."""
        slug = self.cleaned_data["company"].strip()
        home = _home(slug)
        if home is None:
            raise forms.ValidationError(f"There is no company “{slug}”.")
        return slug, home


def _home(slug: str) -> Scope | None:
    if not slug:
        return audit_api.PLATFORM
    company = tenants_api.company_by_slug(slug)
    return None if company is None else company.home


def _member(named: str) -> ObjectId | None:
    """Find a member of the bound company."""
    return ObjectId(named) if ObjectId.is_valid(named) else auth_api.members_by_email([named]).get(named)


def _verify(slug: str, _given: Mapping[str, Any], _by: str) -> str:
    home = _home(slug)
    if home is None:
        raise NotFound(f"There is no company {slug!r}.")
    audit_api.note([Entry(Action.OPERATOR_READ, home.company_id, kind="chain", home=home)])
    found = audit_api.look(home)
    if found.fault is not None:
        raise Conflict(_state(found).text)
    return _state(found).text


@board
class Audit(Board):
    """Records of the audit."""

    name = "audit"
    title = "Audit"
    explanation = "The newest first; nobody changes them. That you look is recorded as well."
    columns = ("#", "At", "Action", "Outcome", "By", "Target", "Why", "Request")
    asks = AuditForm
    about = "company"
    verbs = (
        Verb(
            "verify",
            f"Verify the last {audit_api.RECENT:,} records",
            "Compare each with the one before and with its seal. `manage.py audit verify` walks whole chains.",
            _verify,
        ),
    )

    def listed(self, asked: Asked) -> Listed:
        """Read a page of the records and see whether each is as it was sealed; the look is recorded first.

        That comes before looking whom the actor names, too: whether somebody is a member is a read of the company's.
        """
        slug, home = asked.given["company"]
        audit_api.note([Entry(Action.OPERATOR_READ, home.company_id, kind="audit", home=home)])
        with scope.company(home.company_id, location=home.location):
            actor = _member(asked.given["actor"]) if asked.given["actor"] else None
            if asked.given["actor"] and actor is None:
                return Listed([], (_NO_SUCH_MEMBER,), key=slug, verbs=("verify",))
            page = audit_api.page(_search(asked.given, actor=actor), after=_position(asked.after))
            bad, names = audit_api.tampered(page.rows), _names(page.rows)
        rows = [_row(each, names=names, is_bad=each["sequence"] in bad) for each in page.rows]
        after = "" if page.next is None else f"{instant(page.next.value)}_{page.next.id}"
        notes = (_state(audit_api.last_look(home)), *_warnings(bad))
        return Listed(rows, notes, after, key=slug, verbs=("verify",))


def _search(given: Mapping[str, Any], *, actor: ObjectId | None) -> AuditSearch:
    among: dict[str, Any] = {}
    if given["action"]:
        among["action"] = [given["action"]]
    if actor is not None:
        among["actor.membership_id"] = [actor]
    since = given["since"]
    within = {"$gte": datetime.combine(since, time(), UTC)} if since else {}
    return AuditSearch(_SHOWN, among=among, within=within)


def _position(after: str) -> Position | None:
    at, _, id_ = after.partition("_")
    if not after:
        return None
    try:
        return Position(datetime.fromisoformat(at), ObjectId(id_))
    except (ValueError, TypeError) as error:
        raise NotFound from error


def _state(look: Look) -> Note:
    if look.at is None:
        return Note(f"{look.length:,} records; nobody has verified them here yet.")
    when = f"at {look.at:%Y-%m-%d %H:%M:%S} UTC"
    if look.fault is not None:
        return Note(f"{look.length:,} records; when it was verified {when}, {look.fault}.", "bad")
    sealed = f"{look.first:,} to {look.last:,} were as they had been sealed {when}"
    return Note(f"{look.length:,} records; {sealed}.", "good")


def _warnings(bad: frozenset[int]) -> tuple[Note, ...]:
    if not bad:
        return ()
    numbers = ", ".join(str(each) for each in sorted(bad))
    return (Note(f"Not as they were sealed, or sealed under another MASTER_KEY: {numbers}.", "bad"),)


def _row(record: Document, *, names: Mapping[Any, str], is_bad: bool) -> Row:
    cells = (record["sequence"], f"{record['at']:%Y-%m-%d %H:%M:%S}", record["action"], record["outcome"])
    rest = (_by(record, names=names), _target(record, names=names), record["reason"] or "", record["request_id"] or "")
    return Row(str(record["sequence"]), (*cells, *rest), tone="bad" if is_bad else "")


def _names(records: Iterable[Document]) -> dict[Any, str]:
    """Read at once what those are called who did it and those it was done to: members, and the companies themselves."""
    listed, home = list(records), scope.current().company_id
    meant = {each["target"]["id"] for each in listed if each["target"] is not None}
    ids = {each for each in meant if isinstance(each, ObjectId)} - {home}
    members = auth_api.emails_of_members(ids | {each["actor"]["membership_id"] for each in listed} - {None})
    companies = tenants_api.companies(ids - members.keys()) if ids - members.keys() else []
    itself = "the platform" if home == audit_api.PLATFORM.company_id else "the company"
    return {**members, **{each.id: each.slug for each in companies}, home: itself}


def _by(record: Document, *, names: Mapping[Any, str]) -> str:
    actor = record["actor"]
    member = actor["membership_id"]
    named = actor["name"] or names.get(member) or member or actor["identity_id"] or ""
    return f"{actor['kind']} {named}".strip()


def _target(record: Document, *, names: Mapping[Any, str]) -> str:
    target = record["target"]
    if target is None:
        return ""
    kind, id_ = target["type"], target["id"]
    named = names.get(id_, str(id_))
    if id_ == record["company_id"]:
        return named if kind == "company" else f"{kind} of {named}"
    return f"{kind} {named}"


@section("novapulse_tenants.Company")
class RecentAudit(Section):
    """What was done in a company lately."""

    name = "audit"
    title = "Recent audit"
    explanation = f"The latest {_SHOWN_OF_COMPANY} records."

    def read(self, subject: Any) -> Content:  # noqa: ANN401  the model is the tenants app's own
        """Read them; that staff look at the company is recorded by its page."""
        with scope.company(subject.pk, location=subject.country):
            found = audit_api.page(AuditSearch(_SHOWN_OF_COMPANY)).rows
            names = _names(found)
        rows = [
            (f"{each['at']:%Y-%m-%d %H:%M:%S}", each["action"], _by(each, names=names), _target(each, names=names))
            for each in found
        ]
        every = Cell("All records", f"{reverse('admin:board-audit')}?company={subject.slug}")
        return Content(table=Table(("At", "Action", "By", "Target"), rows, "There are none."), more=every)
