"""What is stored and what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.work.domain import projects, published, tasks
from apps.work.domain.bulk_create import NewTask
from apps.work.serializers.projects import Project
from apps.work.serializers.tasks import Task
from novapulse.data import transaction

if TYPE_CHECKING:
    from bson import ObjectId


def test_a_task_and_a_project_show_just_what_the_api_says(project_id: ObjectId) -> None:
    task = transaction.run(lambda: tasks.create(NewTask("A task"), project_id=project_id))

    assert list(published.task(task)) == list(Task().fields)
    assert list(published.project(projects.one(project_id))) == list(Project().fields)
