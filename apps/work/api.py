"""The front door of the work app: what apps above may have made in the company that is bound."""

from apps.work.domain.bulk_create import NewTask, insert_tasks
from apps.work.domain.bulk_load import LoadedComment, LoadedProject, LoadedTask, load_projects, load_tasks
from apps.work.domain.company_checks import Checked as CheckedArchive
from apps.work.domain.company_checks import checked as checked_archive
from apps.work.domain.company_exports import count_lines as count_lines_of_export
from apps.work.domain.company_imports import import_company
from apps.work.domain.company_imports import require_ready as require_ready_for_import
from apps.work.domain.company_takeout import take_out as take_out_company
from apps.work.domain.owners import OWNERS
from apps.work.domain.projects import create as create_project
from apps.work.enums import TaskPriority, TaskStatus

__all__ = [
    "OWNERS",
    "CheckedArchive",
    "LoadedComment",
    "LoadedProject",
    "LoadedTask",
    "NewTask",
    "TaskPriority",
    "TaskStatus",
    "checked_archive",
    "count_lines_of_export",
    "create_project",
    "import_company",
    "insert_tasks",
    "load_projects",
    "load_tasks",
    "require_ready_for_import",
    "take_out_company",
]
