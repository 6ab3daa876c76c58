"""The front door of the work app: what apps above may have made in the company that is bound."""

from apps.work.domain.bulk_create import NewTask, insert_tasks
from apps.work.domain.bulk_load import LoadedComment, LoadedProject, LoadedTask, load_projects, load_tasks
from apps.work.domain.owners import OWNERS
from apps.work.domain.projects import create as create_project
from apps.work.enums import TaskPriority, TaskStatus

__all__ = [
    "OWNERS",
    "LoadedComment",
    "LoadedProject",
    "LoadedTask",
    "NewTask",
    "TaskPriority",
    "TaskStatus",
    "create_project",
    "insert_tasks",
    "load_projects",
    "load_tasks",
]
