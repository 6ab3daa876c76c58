"""Exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.work.domain import company_exports, export_jobs
from apps.work.enums import ExportFormat
from apps.work.errors import TooManyJobs
from apps.work.serializers.jobs import ExportOrder, Job
from apps.work.serializers.tasks import search_of
from apps.work.views import answers
from novapulse.web.cost import Cost
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class ExportsView(ApiView):
    """Tasks, taken out."""

    operations = {
        "POST": Operation(
            "Export tasks into a file",
            "exports.create",
            cost=Cost.EXPORT,
            answer=Job,
            status=202,
            located=True,
            body=ExportOrder,
            problems=(TooManyJobs,),
        )
    }

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Write tasks into a file in the background; `GET /jobs/{id}/result` has it when the job has succeeded.

        CSV can be imported again: a task without an `external_key` gets its project's key and its number as one. A cell
        that spreadsheets would run as a formula begins with an apostrophe, which imports take off.
        """
        written_as = ExportFormat(self.body["format"])
        return answers.accepted(export_jobs.create(search_of(self.body), written_as=written_as))


class CompanyExportView(ApiView):
    """All that a company has."""

    operations = {
        "POST": Operation(
            "Export the whole company",
            "company_exports.create",
            cost=Cost.EXPORT,
            answer=Job,
            status=202,
            located=True,
            problems=(TooManyJobs,),
        )
    }

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Write members, projects, tasks and comments into an archive in the background, without any secret.

        Its manifest has the SHA-256 of each file. Imported into an empty company and exported again it is the same.
        """
        return answers.accepted(company_exports.create())
