"""The audit of a company: who did what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.http import StreamingHttpResponse

from apps.audit.domain import search
from apps.audit.serializers import AuditEvent, AuditEventPage, AuditExportQuery, AuditQuery, search_of
from novapulse.tenancy import scope
from novapulse.web import pagination
from novapulse.web.cost import Cost
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_NDJSON: Final = "application/x-ndjson"


class AuditEventsView(ApiView):
    """All records of the company."""

    operations = {
        "GET": Operation(
            "List what was done in your company",
            "audit_events.read",
            cost=Cost.LIST,
            answer=AuditEventPage,
            query=AuditQuery,
        )
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page of the records, the newest first unless asked otherwise; they are kept for good."""
        found = search.page(search_of(self.query), after=pagination.read_cursor(request))
        return pagination.answer(request, map(search.present, found.rows), position=found.next)


class AuditExportView(ApiView):
    """The chain as a whole."""

    operations = {
        "GET": Operation(
            "Export what was done in your company",
            "audit_events.read",
            cost=Cost.EXPORT,
            answer=AuditEvent,
            query=AuditExportQuery,
            media_type=_NDJSON,
        )
    }

    def get(self, _request: HttpRequest) -> StreamingHttpResponse:
        """Send all records, one JSON object in each line, by their sequence.

        `hash` is the SHA-256 of the hash before (64 zeros for the first), a line feed, and the record without its hash
        as JSON with its names in order and no spaces: so you can verify their order, and that none is missing.
        """
        name = f"audit-{scope.current().company_id}.ndjson"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
        body = search.lines(after=self.query["sequence_after"])
        return StreamingHttpResponse(body, content_type=_NDJSON, headers=headers)
