"""The demo company: something to look at for whoever starts NovaPulse for the first time."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from apps.auth import api as auth_api
from apps.tenants import api as tenants_api
from apps.work import api as work_api
from apps.work.api import NewTask, TaskPriority, TaskStatus
from novapulse import clock
from novapulse.data import transaction
from novapulse.tenancy import scope

SLUG: Final = "demo"
EMAIL: Final = "demo@demo.example"
_PASSWORD_BYTES: Final = 15

_PROJECTS: Final = (
    ("WEB", "Web shop", "The shop that customers see."),
    ("OPS", "Operations", "What keeps it running."),
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """How to sign into the demo company; the password is random, and shown this once."""

    email: str
    password: str


def seed() -> SignIn | None:
    """Found the demo company with projects and tasks, all or nothing; None where it is there already."""
    if tenants_api.company_by_slug(SLUG) is not None:
        return None
    sign_in = SignIn(EMAIL, secrets.token_urlsafe(_PASSWORD_BYTES))
    application = auth_api.Application(
        company_name="Demo Company",
        company_slug=SLUG,
        country="DE",
        name="Dana Demo",
        email=sign_in.email,
        password=sign_in.password,
    )
    transaction.run(lambda: _found(application))
    return sign_in


def _found(application: auth_api.Application) -> None:
    founded, _ = auth_api.sign_up(application, device=auth_api.Device("seed_demo", "127.0.0.1"))
    owner_id = founded.membership.id
    with scope.company(founded.company.id, location=founded.company.country):
        for key, name, description in _PROJECTS:
            project = work_api.create_project(key=key, name=name, description=description)
            rows = [row for row in _tasks() if key in row.labels]
            work_api.insert_tasks(rows, project_id=project["_id"], reporter_id=owner_id)


def _tasks() -> list[NewTask]:
    soon = clock.now() + timedelta(days=3)
    todo, doing, review, done = (
        status.value for status in (TaskStatus.TODO, TaskStatus.IN_PROGRESS, TaskStatus.REVIEW, TaskStatus.DONE)
    )
    high, low, urgent = (priority.value for priority in (TaskPriority.HIGH, TaskPriority.LOW, TaskPriority.URGENT))
    return [
        NewTask("Write the landing page", status=doing, priority=high, labels=("WEB", "copy"), points=3),
        NewTask("Show prices with tax", status=todo, labels=("WEB", "checkout"), points=5, due_at=soon),
        NewTask("Pay by invoice", status=review, priority=high, labels=("WEB", "checkout"), points=8),
        NewTask("Rename the blue button", status=done, priority=low, labels=("WEB",), points=1),
        NewTask("Renew the certificate", status=todo, priority=urgent, labels=("OPS",), points=1, due_at=soon),
        NewTask("Rehearse the restore of a backup", status=todo, priority=high, labels=("OPS", "backup"), points=5),
    ]
