"""Jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import StreamingHttpResponse

from apps.work.domain import company_exports, job_files, jobs
from apps.work.enums import ExportFormat
from apps.work.errors import NoResult
from apps.work.serializers.jobs import Job, JobPage, JobQuery, present
from apps.work.views import answers
from novapulse.web import pagination, rendering
from novapulse.web.cost import Cost
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bson import ObjectId
    from django.http import HttpRequest, HttpResponse

_ARCHIVE = "tar.gz"
_MEDIA_TYPES: Mapping[str, str] = {
    ExportFormat.CSV: "text/csv; charset=utf-8; header=present",
    ExportFormat.NDJSON: "application/x-ndjson",
    _ARCHIVE: "application/gzip",
}


class JobsView(ApiView):
    """All of one's own."""

    operations = {
        "GET": Operation("List your jobs", "jobs.read", cost=Cost.READ, answer=JobPage, query=JobQuery),
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page of the jobs that you have asked for, the newest first unless asked otherwise."""
        after = pagination.read_cursor(request)
        found = jobs.page(sort=self.query["sort"], limit=self.query["limit"], after=after)
        return answers.page(request, found, present=present)


class JobView(ApiView):
    """One of them."""

    operations = {"GET": Operation("Read a job", "jobs.read", cost=Cost.READ, answer=Job)}

    def get(self, _request: HttpRequest, job_id: ObjectId) -> HttpResponse:
        """Show how far a job of yours is, what it could not take, and what came of it."""
        return rendering.answer(present(jobs.one(job_id)))


class JobResultView(ApiView):
    """The file that came of one of them."""

    operations = {
        "GET": Operation("Download a job's result", "jobs.read", cost=Cost.EXPORT, problems=(NoResult,)),
    }

    def get(self, _request: HttpRequest, job_id: ObjectId) -> StreamingHttpResponse:
        """Send the file of an export of yours that has succeeded, as an attachment; it is kept for seven days.

        It is `text/csv` or `application/x-ndjson`, as was asked for, or of a whole company `application/gzip`.
        """
        job = jobs.downloadable(job_id)
        result, written_as = job["result"], job["result"]["file"]["format"]
        is_archive = written_as == _ARCHIVE
        body = company_exports.archive(job) if is_archive else job_files.streamed(result["file"]["id"])
        headers = {
            "Content-Disposition": f'attachment; filename="{job["kind"]}-{job_id}.{written_as}"',
            "Cache-Control": "private, no-store",
            **({} if is_archive else {"Content-Length": str(result["bytes"])}),
        }
        return StreamingHttpResponse(body, content_type=_MEDIA_TYPES[written_as], headers=headers)
