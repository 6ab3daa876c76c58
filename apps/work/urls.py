"""Routes of the work app."""

from __future__ import annotations

from django.urls import path

import novapulse.web.converters  # noqa: F401  registers <oid:...>
from apps.work.views.batch import TaskBatchView
from apps.work.views.comments import CommentsView, CommentView
from apps.work.views.exports import CompanyExportView, ExportsView
from apps.work.views.imports import ImportsView
from apps.work.views.jobs import JobResultView, JobsView, JobView
from apps.work.views.projects import ProjectsView, ProjectView
from apps.work.views.purges import PurgesView
from apps.work.views.tasks import MyTasksView, TasksView, TaskView

api = [
    path("projects", ProjectsView.as_view(), name="projects"),
    path("projects/<oid:project_id>", ProjectView.as_view(), name="project"),
    path("tasks", TasksView.as_view(), name="tasks"),
    path("tasks:batch", TaskBatchView.as_view(), name="task-batch"),
    path("tasks/<oid:task_id>", TaskView.as_view(), name="task"),
    path("tasks/<oid:task_id>/comments", CommentsView.as_view(), name="comments"),
    path("comments/<oid:comment_id>", CommentView.as_view(), name="comment"),
    path("me/tasks", MyTasksView.as_view(), name="my-tasks"),
    path("jobs", JobsView.as_view(), name="jobs"),
    path("jobs/<oid:job_id>", JobView.as_view(), name="job"),
    path("jobs/<oid:job_id>/result", JobResultView.as_view(), name="job-result"),
    path("imports", ImportsView.as_view(), name="imports"),
    path("exports", ExportsView.as_view(), name="exports"),
    path("purges", PurgesView.as_view(), name="purges"),
    path("company:export", CompanyExportView.as_view(), name="company-export"),
]
