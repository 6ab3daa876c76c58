"""Projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from apps.work.domain import projects
from apps.work.errors import ProjectKeyTaken, ProjectNotEmpty
from apps.work.serializers.projects import (
    Project,
    ProjectChange,
    ProjectCreation,
    ProjectPage,
    ProjectQuery,
    SparseProject,
    SparseProjectQuery,
    changes_of,
    present,
    search_of,
)
from apps.work.views import answers
from novapulse.web import pagination, rendering
from novapulse.web.cost import Cost
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from bson import ObjectId
    from django.http import HttpRequest, HttpResponse


class ProjectsView(ApiView):
    """All of them."""

    operations = {
        "GET": Operation("List projects", "projects.read", cost=Cost.READ, answer=ProjectPage, query=ProjectQuery),
        "POST": Operation(
            "Create a project",
            "projects.create",
            cost=Cost.WRITE,
            answer=Project,
            status=201,
            located=True,
            body=ProjectCreation,
            problems=(ProjectKeyTaken,),
        ),
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page of the company's projects."""
        found = projects.page(search_of(self.query), after=pagination.read_cursor(request))
        return answers.page(request, found, present=present, names=self.query.get("fields"))

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Make a project, which is active."""
        body = self.body
        document = projects.create(key=body["key"], name=body["name"], description=body.get("description") or "")
        location = reverse("project", kwargs={"project_id": document["_id"]})
        return answers.created(document, present=present, location=location)


class ProjectView(ApiView):
    """One of them."""

    operations = {
        "GET": Operation(
            "Read a project", "projects.read", cost=Cost.READ, answer=SparseProject, query=SparseProjectQuery
        ),
        "PATCH": Operation(
            "Change, archive or reactivate a project",
            "projects.update",
            cost=Cost.WRITE,
            answer=Project,
            body=ProjectChange,
            partial=True,
            conditional=True,
            problems=(ProjectKeyTaken,),
        ),
        "DELETE": Operation(
            "Delete a project that has no tasks",
            "projects.delete",
            cost=Cost.WRITE,
            status=204,
            conditional=True,
            problems=(ProjectNotEmpty,),
        ),
    }

    def get(self, request: HttpRequest, project_id: ObjectId) -> HttpResponse:
        """Show the project."""
        document, names = projects.one(project_id), self.query.get("fields")
        return answers.one(request, document, present=present) if names is None else answers.some(document, names=names)

    def patch(self, _request: HttpRequest, project_id: ObjectId) -> HttpResponse:
        """Change the project by a merge patch. An archived one takes no new tasks; those that it has can be changed."""
        document = projects.update(project_id, changes=changes_of(self.body), version=self.expected_version)
        return answers.changed(document, present=present)

    def delete(self, _request: HttpRequest, project_id: ObjectId) -> HttpResponse:
        """Delete the project for good. One that has tasks is refused: archive it, or delete its tasks first."""
        projects.delete(project_id, version=self.expected_version)
        return rendering.nothing()
