"""Pages that show what is in MongoDB and change nothing: the base of all that the admin shows of it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from types import MethodType
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import TextFilter
from unfold.views import ChangeList

from novapulse.web.admin import additions
from novapulse.web.admin.acting import may_act

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

_ACTS_SIDE_BY_SIDE: Final = 4  # with History; more of them push away, on a laptop, what tells where one is
COUNTED_AT_MOST: Final = 10_000  # keys of an index, some milliseconds; whoever wants the next one searches for it


class BoundedPaginator(Paginator[Any]):
    """Counts no further than `COUNTED_AT_MOST`: to count a million documents takes longer than to show a page."""

    @cached_property
    def count(self) -> int:
        """Count, in the order of the list: so the index that serves the list serves the count as well."""
        found: Any = self.object_list
        return int(found[:COUNTED_AT_MOST].count())


class IndexedChangeList(ChangeList):
    """A list that is sorted as indexes are: by `sortable_by` alone, and by the id in the direction before it."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        """Read the rows of the page, and what they point to."""
        super().get_results(request)
        self.full_result_count = self.result_count  # nothing is said of what a filter leaves out, which nobody counts
        self.result_list = list(self.result_list) if self.result_count else []  # to find nothing again takes as long
        self.model_admin.complete(self.result_list)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """Give the columns that were asked for and nothing behind them, or else the order of the page."""
        return super().get_ordering(request, queryset.order_by())  # type: ignore[no-any-return]  # Unfold has no types

    def get_ordering_field(self, field_name: str) -> Any:  # noqa: ANN401  Django's signature
        """Give what a column is sorted by; Django would take any from the address."""
        return super().get_ordering_field(field_name) if field_name in self.sortable_by else None

    def _get_deterministic_ordering(self, ordering: list[Any]) -> list[Any]:
        found = list(super()._get_deterministic_ordering(ordering))
        if found[-1] == "-pk" and len(found) > 1 and not str(found[-2]).startswith("-"):
            found[-1] = "pk"
        return found


class WordFilter(TextFilter):
    """A field in which a word is named: those are shown whose `parameter_name` is that word.

    Django's own filter would ask for all the words that there are, which reads the whole collection.
    """

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002  Django's signature
        """Narrow it."""
        word = (self.value() or "").strip()
        return queryset.filter(**{self.parameter_name: word}) if word else queryset


class ReadingAdmin(ModelAdmin):
    """Lists and shows; nobody adds, changes or deletes. What may be done besides are actions (`acting`).

    Of `actions_detail` the first are shown side by side; where there are many, the others stand under More.

    `sortable_by` names only what an index can sort by; `found_by` is the one lookup of the search, which an index
    serves as well (`slug__startswith`); with `search_fields` there is a search.
    """

    found_by: str = ""
    actions_detail: tuple[Any, ...] = ()
    change_form_outer_after_template = "admin/sections.html"

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 50
    list_select_related = ()  # see `complete`
    sortable_by: tuple[str, ...] = ()
    actions = None

    def get_changelist(self, request: HttpRequest, **_options: object) -> type[ChangeList]:  # noqa: ARG002  Django's signature
        """Give the class of the list."""
        return IndexedChangeList

    def complete(self, rows: list[Any]) -> None:
        """Read what the rows of a page point to, by one command for each kind; for pages that show such.

        Django's own ways read whole collections: `select_related` joins before it sorts, and the `$in` of
        `prefetch_related` is an expression, which no index serves.
        """

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  Django's signature
        """Read one, and what it points to."""
        found = super().get_object(request, *args, **kwargs)
        if found is not None:
            self.was_read(request, found)
            self.complete([found])
        return found

    def within(self, request: HttpRequest) -> AbstractContextManager[Any]:  # noqa: ARG002  others need it
        """Give what stands round whatever is read and done here: nothing, unless it is a company's."""
        return nullcontext()

    def was_read(self, request: HttpRequest, found: Any) -> None:  # noqa: ANN401  of the page's model
        """Write down that staff look at something, before it is shown: at one, or at the list (None)."""

    def lookup_allowed(self, lookup: str, value: object, request: object = None) -> bool:  # noqa: ARG002  Django's signature
        """Narrow a list by its filters alone, which indexes serve and `was_read` knows; Django would by any column."""
        names = {each if isinstance(each, str) else each.parameter_name for each in self.list_filter}
        return lookup.partition("__")[0] in names

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list."""
        self.was_read(request, None)
        return super().changelist_view(request, extra_context)  # type: ignore[no-any-return]  # Unfold has no types

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401  Django's signature
        """Show one; whatever is sent is refused."""
        if request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        return super().changeform_view(request, *args, **kwargs)  # type: ignore[no-any-return]  # as above

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **options: Any) -> HttpResponse:  # noqa: ANN401  Django's signature
        """Show it with the sections that apps above have added."""
        context["sections"] = additions.shown_on(self.opts.label, options["obj"])
        return super().render_change_form(request, context, **options)  # type: ignore[no-any-return]  # as above

    def get_urls(self) -> list[URLPattern]:
        """Give the routes, with those of what apps above have added: by now all of them are known."""
        added = additions.acts_on(self.opts.label)
        for name, action in added.items():
            setattr(self, name, MethodType(action, self))
        self.actions_detail = _grouped((*type(self).actions_detail, *added))
        return super().get_urls()  # type: ignore[no-any-return]  # as above

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: object = None) -> HttpResponse:  # noqa: ARG002  Django's signature
        """Refuse."""
        raise PermissionDenied

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002  Django's signature
        queryset: QuerySet[Any],
        search_term: str,
    ) -> tuple[QuerySet[Any], bool]:
        """Find by `found_by`; what is searched for is stored in small letters."""
        term = search_term.strip().lower()
        return (queryset.filter(**{self.found_by: term}) if term else queryset), False

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002  as above
        """Let all staff look."""
        return bool(request.user.is_staff)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Let all staff look."""
        return bool(request.user.is_staff)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  as above
        """Nobody may: it would go past the domain."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002  as above
        """Nobody may, as above."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002  as above
        """Nobody may, as above."""
        return False

    def has_act_permission(self, request: HttpRequest, object_id: object = None) -> bool:  # noqa: ARG002  Unfold's signature
        """Tell whether this member of staff may act on what they see."""
        return may_act(request)


def _grouped(names: tuple[str, ...]) -> tuple[Any, ...]:
    """Give acts as Unfold wants them: the first side by side, and what does not fit there under More."""
    if len(names) <= _ACTS_SIDE_BY_SIDE:
        return names
    shown = _ACTS_SIDE_BY_SIDE - 1
    return (*names[:shown], {"title": "More", "items": names[shown:]})


def whole(response: HttpResponse) -> HttpResponse:
    """Give the response rendered: what a page reads while it is rendered is read now."""
    render = getattr(response, "render", None)
    return render() if callable(render) else response
