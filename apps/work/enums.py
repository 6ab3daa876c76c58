"""The words of the work app."""

from enum import StrEnum
from typing import Final


class ProjectStatus(StrEnum):
    """Whether a project takes new tasks; an archived one keeps what it has, and its tasks can still be changed."""

    ACTIVE = "active"
    ARCHIVED = "archived"


class TaskStatus(StrEnum):
    """How far a task is."""

    TODO = "todo"
    IN_PROGRESS = "in_progress"
    REVIEW = "review"
    DONE = "done"
    CANCELLED = "cancelled"


CLOSED: Final = frozenset({TaskStatus.DONE, TaskStatus.CANCELLED})


class TaskPriority(StrEnum):
    """How much a task presses."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


class JobKind(StrEnum):
    """What a job does."""

    IMPORT = "import"
    EXPORT = "export"
    COMPANY_EXPORT = "company_export"
    PURGE = "purge"


class JobStatus(StrEnum):
    """How far a job is; the last two are its end."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class ExportFormat(StrEnum):
    """How exported tasks are written."""

    CSV = "csv"
    NDJSON = "ndjson"
