"""Purges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.work.domain import purges
from apps.work.errors import TooManyJobs
from apps.work.serializers.jobs import Job, PurgeOrder
from apps.work.serializers.tasks import search_of
from apps.work.views import answers
from novapulse.web.cost import Cost
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class PurgesView(ApiView):
    """Many tasks, deleted."""

    operations = {
        "POST": Operation(
            "Delete tasks by a filter",
            "purges.create",
            cost=Cost.EXPORT,
            answer=Job,
            status=202,
            located=True,
            body=PurgeOrder,
            problems=(TooManyJobs,),
        )
    }

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Delete, in the background and for good, the tasks that a filter finds now, and every comment on them.

        With `dry_run` nothing is deleted: the job's result tells how many tasks it would be.
        """
        return answers.accepted(purges.create(search_of(self.body), is_dry_run=self.body["dry_run"]))
