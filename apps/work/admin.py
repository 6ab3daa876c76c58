"""Projects, tasks and jobs in the admin: to look at, one company at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bson import ObjectId
from django.contrib import admin
from django.http import StreamingHttpResponse
from unfold.decorators import display

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.auth import api as auth_api
from apps.tenants import api as tenants_api
from apps.work.domain import company_exports, jobs, sizes
from apps.work.models import Job, Project, Task
from novapulse.data import transaction
from novapulse.tenancy import scope
from novapulse.web.admin.acting import Sent, act
from novapulse.web.admin.additions import Section, act_on, section
from novapulse.web.admin.company_data import CompanyDataAdmin, CompanyFilter
from novapulse.web.admin.parts import Content, Figure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apps.tenants.api import CompanyRecord


class WorkAdmin(CompanyDataAdmin):
    """What belongs to a company here."""

    def find_company(self, slug: str) -> CompanyRecord | None:
        """Find a company by its slug."""
        return tenants_api.company_by_slug(slug)

    def note_read(self, key: str | None) -> None:
        """Write it down in the chain of the company, whose owners and admins can see it."""
        audit_api.note([Entry(Action.OPERATOR_READ, ObjectId(key) if key else "list", kind=self.opts.model_name)])


@admin.register(Project)
class ProjectAdmin(WorkAdmin):
    """Projects."""

    list_display = ("key", "name", "status", "created_at", "updated_at")
    list_display_links = ("key", "name")
    list_filter = (CompanyFilter, "status")
    sortable_by = ("name", "created_at", "updated_at")


@admin.register(Task)
class TaskAdmin(WorkAdmin):
    """Tasks."""

    list_display = ("number", "title", "status", "priority", "due_at", "created_at", "updated_at")
    list_display_links = ("number", "title")
    list_filter = (CompanyFilter, "status")
    sortable_by = ("due_at", "created_at", "updated_at")
    fields = (
        *("number", "project", "title", "description", "status", "priority", "assignee", "reporter"),
        *("labels", "points", "due_at", "external_key", "created_at", "updated_at"),
    )
    readonly_fields = ("project", "assignee", "reporter")

    @display(description="project")
    def project(self, task: Task) -> str:
        """Name it."""
        return str(Project.objects.filter(pk=task.project_id).first() or task.project_id)

    @display(description="assignee")
    def assignee(self, task: Task) -> str | None:
        """Name them."""
        return _address_of(task.assignee_id)

    @display(description="reporter")
    def reporter(self, task: Task) -> str | None:
        """Name them."""
        return _address_of(task.reporter_id)


@admin.register(Job)
class JobAdmin(WorkAdmin):
    """Jobs."""

    list_display = ("kind", "standing", "done", "total", "error_count", "created_at", "finished_at")
    list_filter = (CompanyFilter, "kind", "status")
    actions_detail = ("download",)
    fields = (
        *("kind", "standing", "asked_by", "parameters", "done", "total", "attempts", "tally"),
        *("error_count", "errors", "created_at", "finished_at"),
    )
    readonly_fields = ("standing", "asked_by")

    @display(description="asked for by")
    def asked_by(self, job: Job) -> str | None:
        """Name them."""
        return _address_of(job.created_by_id)

    @display(
        description="status",
        label={"Queued": "info", "Running": "info", "Succeeded": "success", "Failed": "danger"},
    )
    def standing(self, job: Job) -> str:
        """Show the status in a colour."""
        return str(job.get_status_display())

    @act("Download")
    def download(self, job: Job, _given: Mapping[str, Any]) -> Sent:
        """Get the archive of an export that staff have asked for; the company's audit tells that you did."""
        found = jobs.downloadable_by_staff(job.pk)
        audit_api.note([Entry(Action.OPERATOR_READ, job.pk, kind="export")])
        name = f"export-{job.pk}.tar.gz"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
        archive = company_exports.archive(found)
        file = StreamingHttpResponse(archive, content_type="application/gzip", headers=headers)
        return Sent(f"{job} is being sent.", file)


@act_on("novapulse_tenants.Company")
@act("Export")
def export(_admin: object, company: Any, _given: Mapping[str, Any]) -> str:  # noqa: ANN401  the model is the tenants app's own
    """Have a job write all of the company into an archive, which staff can download for seven days under Jobs."""
    with scope.company(company.pk, location=company.country):
        job = transaction.run(company_exports.create_for_staff)
    waits = "" if tenants_api.CompanyStatus(company.status).is_open else " It waits until the company is resumed."
    return f"The job {job['_id']} writes the export of {company}; download it under Jobs once it has succeeded.{waits}"


@section("novapulse_tenants.Company")
class SizeSection(Section):
    """How much a company has."""

    name = "work"
    title = "Work"

    def read(self, subject: Any) -> Content:  # noqa: ANN401  the model is the tenants app's own
        """Count it."""
        with scope.company(subject.pk, location=subject.country):
            return Content(figures=tuple(Figure(each.kind, each.words) for each in sizes.of_company()))


def _address_of(member_id: ObjectId | None) -> str | None:
    """Give the address of a member of the bound company; of a program, which has none, its id."""
    if member_id is None:
        return None
    return auth_api.emails_of_members([member_id]).get(member_id, str(member_id))
