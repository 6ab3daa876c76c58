"""Pages that show what belongs to companies: one company at a time, inside its scope.

So an admin page has no way past the scope, and needs none: whoever wants to see a company's tasks names the company
first. Which one it is stands in the address (`?company=slug`), and is kept in the session for the pages that follow.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import parse_qs

from unfold.contrib.filters.admin import TextFilter

from novapulse.tenancy import scope
from novapulse.web.admin.reading import ReadingAdmin, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bson import ObjectId
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

_CHOSEN: Final = "company"
_OF_THE_LIST: Final = "_changelist_filters"  # where Django's pages keep the address of the list that one came from


class Home(Protocol):
    """What is to be known of a company."""

    @property
    def id(self) -> ObjectId:
        """Its id."""

    @property
    def country(self) -> str:
        """Its location."""

    @property
    def slug(self) -> str:
        """What it is called by."""


class CompanyFilter(TextFilter):
    """The field in which the company is named, by its slug."""

    title = "company (slug)"
    parameter_name = _CHOSEN

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Django's signature
        """Take Django's arguments, and what was chosen."""
        super().__init__(request, *args, **kwargs)
        self._chosen = chosen(request)

    def value(self) -> str:
        """Give the slug."""
        return self._chosen

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002  Django's signature
        """Leave it as it is: the scope narrows it."""
        return queryset


def chosen(request: HttpRequest) -> str:
    """Give the slug that the address or the session names; empty where neither does."""
    lists = parse_qs(request.GET.get(_OF_THE_LIST, ""))
    named = request.GET.get(_CHOSEN) or next(iter(lists.get(_CHOSEN, ())), None)
    return named.strip() if named is not None else str(request.session.get(_CHOSEN, ""))


class CompanyDataAdmin(ReadingAdmin):
    """Shows a company's documents; without a company, none."""

    list_filter_submit = True
    list_before_template = "admin/company_data.html"
    ordering: tuple[str, ...] = ("-created_at",)

    def find_company(self, slug: str) -> Home | None:
        """Find a company by its slug; for the app whose pages these are, since this library knows no companies."""
        raise NotImplementedError

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Give what there is in the company that is bound."""
        found: QuerySet[Any] = super().get_queryset(request)
        return found.none() if scope.active() is None else found

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list, and whose it is."""
        with self.within(request) as company:
            known = {**(extra_context or {}), "company": company, "named": chosen(request)}
            return whole(super().changelist_view(request, known))

    def was_read(self, request: HttpRequest, found: Any) -> None:  # noqa: ANN401, ARG002  as where it comes from
        """Leave it to `note_read` where a company is bound; without one nothing is shown."""
        if scope.active() is not None:
            self.note_read(None if found is None else str(found.pk))

    def note_read(self, key: str | None) -> None:
        """Write down, in the bound company's scope, what `was_read` does."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401  Django's signature
        """Show one."""
        with self.within(request):
            return whole(super().changeform_view(request, *args, **kwargs))

    def history_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401  Django's signature
        """Show what was done to one."""
        with self.within(request):
            return whole(super().history_view(request, *args, **kwargs))

    @contextmanager
    def within(self, request: HttpRequest) -> Iterator[Home | None]:
        """Bind the company that was chosen, where there is one."""
        slug = chosen(request)
        company = self.find_company(slug) if slug else None
        if company is None:
            yield None
            return
        request.session[_CHOSEN] = company.slug
        with scope.company(company.id, location=company.country):
            yield company
