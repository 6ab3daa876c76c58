"""Boards: pages about what is no collection, such as breakers and dead letters. A table, and what may be done to a row.

    @board
    class Breakers(Board):
        name, title, columns = "breakers", "Breakers", ("Name", "State")
        verbs = (Verb("reset", "Let go", "Let go of a breaker that is held.", _reset),)

        def rows(self):
            return [Row("redis", ("redis", "closed"), verbs=("reset",))]

A board that is long, or about one thing at a time, asks for what is wanted (`asks`, a form in the address) and gives a
page of it with where the next begins (`listed`), in the place of `rows`.

The site makes routes of the boards (`routes`). All staff may look, and those who may do everything may act. What is
done asks for a reason, is logged as `admin.acted` and kept, as with `acting`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django import forms
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path, reverse

from novapulse.web.admin.acting import Case, Reason, carried_out, may_act

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.contrib.admin import AdminSite
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase
    from django.urls import URLPattern

_AFTER: Final = "after"
_SHORT: Final = 20  # characters: a time has 19


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what the verbs are told it is by, its cells, and the verbs that fit it; tone: `bad` or none.

    A cell that is a `parts.Cell` leads somewhere.
    """

    key: str
    cells: tuple[object, ...]
    verbs: tuple[str, ...] = ()
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted of a board: what its form holds, and where the page begins; empty for the first."""

    given: Mapping[str, Any]
    after: str


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence above the table; tone: `good`, `bad` or none."""

    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a board: rows, what is to be known of them all, where the next page begins (empty: nowhere).

    verbs: those that fit what the page is about, which they are told by `key`.
    """

    rows: list[Row]
    notes: tuple[Note, ...] = ()
    after: str = ""
    key: str = ""
    verbs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verb:
    """What may be done to a row: `work(key, given, by)` does it and gives the sentence that staff read."""

    name: str
    title: str
    explanation: str
    work: Callable[[str, Mapping[str, Any], str], str]
    form: type[Reason] = Reason


class Board:
    """A page with a table."""

    name: ClassVar[str]
    title: ClassVar[str]
    explanation: ClassVar[str] = ""
    columns: ClassVar[tuple[str, ...]]
    verbs: ClassVar[tuple[Verb, ...]] = ()
    asks: ClassVar[type[forms.Form]] = forms.Form
    about: ClassVar[str] = ""  # the field of the form that the key of a page's verbs is

    def rows(self) -> list[Row]:
        """Read what there is at present."""
        raise NotImplementedError

    def listed(self, asked: Asked) -> Listed:  # noqa: ARG002  for boards that ask
        """Read a page of what there is; what the stores raise is a page of its own."""
        return Listed(self.rows())

    def verb(self, name: str) -> Verb:
        """Give the verb of this name; raises Http404."""
        found = next((verb for verb in self.verbs if verb.name == name), None)
        if found is None:
            raise Http404
        return found


_boards: Final[list[type[Board]]] = []


def board(kind: type[Board]) -> type[Board]:
    """Have the site show it."""
    _boards.append(kind)
    return kind


def routes(site: AdminSite) -> list[URLPattern]:
    """Give the routes of all boards: `board-<name>` shows one, `board-<name>-act` does something."""
    found = []
    for kind in _boards:
        pages = _Pages(kind(), site)
        found += [
            path(f"boards/{kind.name}/", site.admin_view(pages.show), name=f"board-{kind.name}"),
            path(f"boards/{kind.name}/<str:verb>/", site.admin_view(pages.act), name=f"board-{kind.name}-act"),
        ]
    return found


@dataclass(frozen=True, slots=True)
class _Pages:
    board: Board
    site: AdminSite

    def show(self, request: HttpRequest) -> HttpResponse:
        form = self.board.asks(request.GET)
        given = form.cleaned_data if form.is_valid() else None
        listed = Listed([]) if given is None else self.board.listed(Asked(given, request.GET.get(_AFTER, "")))
        rows = [
            {
                "cells": [(name, cell, _width(cell)) for name, cell in zip(self.board.columns, row.cells, strict=True)],
                "links": self._links(request, key=row.key, verbs=row.verbs),
                "tone": row.tone,
            }
            for row in listed.rows
        ]
        known = {
            **self._known(request),
            "board": self.board,
            "form": form,
            "listed": listed,
            "rows": rows,
            "links": self._links(request, key=listed.key, verbs=listed.verbs),
            "following": _following(request, listed),
        }
        return TemplateResponse(request, "admin/board.html", known)

    def act(self, request: HttpRequest, verb: str) -> HttpResponseBase:
        found, key = self.board.verb(verb), request.GET.get("key", "")
        case = Case(
            request,
            self.site,
            name=found.name,
            title=found.title,
            explanation=found.explanation,
            form=found.form,
            kind=self.board.name,
            key=key,
            subject=key,
            back=self._address(key),
        )
        return carried_out(case, lambda given: found.work(key, given, request.user.get_username()))

    def _known(self, request: HttpRequest) -> dict[str, Any]:
        return {**self.site.each_context(request), "title": self.board.title}

    def _links(self, request: HttpRequest, *, key: str, verbs: tuple[str, ...]) -> list[tuple[str, str]]:
        """Give title and address of what may be done to a row, or to what the page is about."""
        if not may_act(request):
            return []
        act = f"{self.site.name}:board-{self.board.name}-act"
        return [
            (verb.title, reverse(act, args=(verb.name,), query={"key": key}))
            for verb in self.board.verbs
            if verb.name in verbs
        ]

    def _address(self, key: str) -> str:
        about = {self.board.about: key} if self.board.about and key else None
        return reverse(f"{self.site.name}:board-{self.board.name}", query=about)


def _width(cell: object) -> str:
    """Tell whether a cell keeps to one line, as times and figures do: `short`, or `cell`."""
    return "short" if len(str(getattr(cell, "text", cell))) <= _SHORT else "cell"


def _following(request: HttpRequest, listed: Listed) -> str:
    """Give the address of the next page, empty where there is none."""
    if not listed.after:
        return ""
    asked = request.GET.copy()
    asked[_AFTER] = listed.after
    return f"?{asked.urlencode()}"
