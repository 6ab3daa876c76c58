"""Numbers of tasks: counted per project, without gaps, because they are taken in the transaction that uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.work.documents import Project
from apps.work.enums import ProjectStatus
from apps.work.errors import ProjectArchived, UnknownProject

if TYPE_CHECKING:
    from bson import ObjectId


def reserve(project_id: ObjectId, *, count: int = 1) -> int:
    """Take `count` numbers of a project in a row and give the first; one command.

    Writing the project makes this collide with its deletion or archiving in another transaction: one of the two waits
    and then sees what the other did.

    Raises UnknownProject, ProjectArchived.
    """
    projects = Project.collection()
    active = {"_id": project_id, "status": ProjectStatus.ACTIVE.value}
    before = projects.find_one_and_update(active, {"$inc": {"next_number": count}}, {"next_number": 1})
    if before is not None:
        return int(before["next_number"])
    if projects.find_one({"_id": project_id}, {"_id": 1}) is None:
        raise UnknownProject
    raise ProjectArchived
