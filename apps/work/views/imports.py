"""Imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.work import conf
from apps.work.domain import import_jobs, job_files
from apps.work.errors import ProjectArchived, TooManyJobs, UnknownProject
from apps.work.serializers.jobs import ImportOrder, Job
from apps.work.views import answers
from novapulse.web.cost import Cost
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class ImportsView(ApiView):
    """Files of other trackers."""

    operations = {
        "POST": Operation(
            "Import tasks from a file",
            "imports.create",
            cost=Cost.UPLOAD,
            answer=Job,
            status=202,
            located=True,
            body=ImportOrder,
            max_upload_bytes=conf.IMPORT_BYTES_MAX,
            problems=(UnknownProject, ProjectArchived, TooManyJobs),
        )
    }

    def sink(self) -> job_files.Writer:
        """Keep the file where any worker finds it."""
        return job_files.Writer()

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Take a CSV of Jira, Trello, GitHub or of ours, and make tasks of its rows in the background.

        Each row becomes a task once, known by its key: one whose key the project has is left as it is. Rows that cannot
        be taken are told by their line and stop no others.
        """
        order = self.body
        job = import_jobs.create(
            order["file"].file_id,
            project_id=order["project_id"],
            mapping=order.get("mapping", {}),
            is_dry_run=order["dry_run"] == "true",
        )
        return answers.accepted(job)
