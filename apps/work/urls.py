"""Routes of the work app."""

from __future__ import annotations

from django.urls import path

import novapulse.web.converters  # noqa: F401  registers <oid:...>
from apps.work.views.batch import TaskBatchView
from apps.work.views.comments import CommentsView, CommentView
from apps.work.views.projects import ProjectsView, ProjectView
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
]
