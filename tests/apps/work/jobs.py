"""Jobs in tests: done in this process, without a queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bson import ObjectId

from novapulse.tenancy import scope

if TYPE_CHECKING:
    from django.http import HttpResponse

    from tests.api import Api


def done(api: Api, answer: HttpResponse) -> dict[str, Any]:
    """Do the job that an answer speaks of, as a worker would, and give it as the API shows it then."""
    from apps.work.domain import job_runs  # noqa: PLC0415  once the apps are ready

    assert answer.status_code == 202, answer.content
    with scope.company(api.company_id, location=api.company["country"]):
        job_runs.run(ObjectId(answer.json()["id"]))
    return dict(api.get(answer.headers["Location"]).json())
