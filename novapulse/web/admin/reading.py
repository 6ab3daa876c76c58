"""Pages that show what is in MongoDB and change nothing: the base of all that the admin shows of it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import TextFilter

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

COUNTED_AT_MOST: Final = 10_000  # keys of an index, some milliseconds; whoever wants the next one searches for it


class BoundedPaginator(Paginator[Any]):
    """Counts no further than `COUNTED_AT_MOST`: to count a million documents takes longer than to show a page."""

    @cached_property
    def count(self) -> int:
        """Count, without the order, which no count needs."""
        found: Any = self.object_list
        return int(found.order_by()[:COUNTED_AT_MOST].count())


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

    `sortable_by` names only what an index can sort by; `found_by` is the one lookup of the search, which an index
    serves as well (`slug__startswith`); with `search_fields` there is a search.
    """

    found_by: str = ""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 50
    sortable_by: tuple[str, ...] = ()
    actions = None

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401  Django's signature
        """Show one; whatever is sent is refused."""
        if request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        return super().changeform_view(request, *args, **kwargs)  # type: ignore[no-any-return]  # Unfold has no types

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
        """Tell whether this member of staff may act on what they see: by Django's permission to change it."""
        return bool(request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}"))
