"""Tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from apps.work.domain import task_search, tasks
from apps.work.errors import ExternalKeyTaken, ProjectArchived, UnknownMember, UnknownProject
from apps.work.serializers.lists import stored_names
from apps.work.serializers.tasks import (
    MyTaskQuery,
    SparseTask,
    SparseTaskQuery,
    Task,
    TaskChange,
    TaskCreation,
    TaskPage,
    TaskQuery,
    changes_of,
    new_task,
    present,
    search_of,
)
from apps.work.views import answers
from novapulse import context
from novapulse.web import pagination, rendering
from novapulse.web.cost import Cost
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bson import ObjectId
    from django.http import HttpRequest, HttpResponse


class TasksView(ApiView):
    """All of them."""

    operations = {
        "GET": Operation("List or search tasks", "tasks.read", cost=Cost.LIST, answer=TaskPage, query=TaskQuery),
        "POST": Operation(
            "Create a task",
            "tasks.create",
            cost=Cost.WRITE,
            answer=Task,
            status=201,
            located=True,
            body=TaskCreation,
            problems=(UnknownProject, UnknownMember, ProjectArchived, ExternalKeyTaken),
        ),
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page of the company's tasks."""
        return _listed(request, self.query)

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Make a task, with the next number of its project, that you report."""
        document = tasks.create(new_task(self.body), project_id=self.body["project_id"])
        location = reverse("task", kwargs={"task_id": document["_id"]})
        return answers.created(document, present=present, location=location)


class MyTasksView(ApiView):
    """Those of whoever asks."""

    operations = {
        "GET": Operation(
            "List or search the tasks assigned to you", "tasks.read", cost=Cost.LIST, answer=TaskPage, query=MyTaskQuery
        )
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page of the tasks that are yours in this company."""
        return _listed(request, {**self.query, "assignee_id": [context.principal().membership_id]})


class TaskView(ApiView):
    """One of them."""

    operations = {
        "GET": Operation("Read a task", "tasks.read", cost=Cost.READ, answer=SparseTask, query=SparseTaskQuery),
        "PATCH": Operation(
            "Change a task",
            "tasks.update",
            cost=Cost.WRITE,
            answer=Task,
            body=TaskChange,
            partial=True,
            conditional=True,
            problems=(UnknownMember, ExternalKeyTaken),
        ),
        "DELETE": Operation(
            "Delete a task and its comments", "tasks.delete", cost=Cost.WRITE, status=204, conditional=True
        ),
    }

    def get(self, request: HttpRequest, task_id: ObjectId) -> HttpResponse:
        """Show the task."""
        names = self.query.get("fields")
        document = tasks.one(task_id, names=stored_names(names))
        return answers.one(request, document, present=present) if names is None else answers.some(document, names=names)

    def patch(self, _request: HttpRequest, task_id: ObjectId) -> HttpResponse:
        """Change the task by a merge patch; null empties what it can be without."""
        document = tasks.update(task_id, changes=changes_of(self.body), version=self.expected_version)
        return answers.changed(document, present=present)

    def delete(self, _request: HttpRequest, task_id: ObjectId) -> HttpResponse:
        """Delete the task for good, and every comment on it with it."""
        tasks.delete(task_id, version=self.expected_version)
        return rendering.nothing()


def _listed(request: HttpRequest, query: Mapping[str, Any]) -> HttpResponse:
    search, after = search_of(query), pagination.read_cursor(request)
    if "q" in query:
        found = task_search.found(search, text=query["q"], after=after)
    else:
        found = task_search.page(search, after=after)
    return answers.page(request, found, present=present, names=query.get("fields"))
