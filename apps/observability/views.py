"""What was measured, for Prometheus. No answer waits for a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.http import HttpResponse

from novapulse.errors import Unauthenticated
from novapulse.telemetry import neighbours, prometheus
from novapulse.web import operators
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from django.http import HttpRequest

_NO_STORE: Final = {"Cache-Control": "no-store"}
_KIND: Final = "text/plain"


class MetricsView(ApiView):
    """For operators: figures of companies are nobody else's business."""

    authentication_classes = ()
    operations = {
        "GET": Operation(
            "What have the processes behind this address measured?",
            None,
            needs_stores=False,
            problems=(Unauthenticated,),
            media_type=_KIND,
        )
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        """Give the metrics of every process behind this address, in Prometheus' text format. Wants `OPERATOR_TOKEN`."""
        operators.refuse_others(request)
        return HttpResponse(neighbours.text(), headers=_NO_STORE, content_type=prometheus.CONTENT_TYPE)
