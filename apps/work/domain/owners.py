"""Which company a project, task, comment or job belongs to: asked across tenants, by whoever may go there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from apps.work.documents import Comment, Job, Project, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bson import ObjectId


def _owner(kind: type[Project | Task | Comment | Job], id_: ObjectId) -> ObjectId | None:
    found = kind.collection().find_one({"_id": id_}, {"company_id": 1})
    return None if found is None else found["company_id"]


OWNERS: Mapping[str, Callable[[ObjectId], ObjectId | None]] = {
    "project_id": partial(_owner, Project),
    "task_id": partial(_owner, Task),
    "comment_id": partial(_owner, Comment),
    "job_id": partial(_owner, Job),
}
