from __future__ import annotations

from datetime import timedelta

from novapulse.queues import cron
from novapulse.tasks import repeat, task


@task(queue_name="critical")
def look_after_things() -> None:
    """Stand for a task."""


def test_a_schedule_makes_tasks_of_no_company_with_their_own_rules() -> None:
    path = f"{__name__}.look_after_things"
    repeat(path, every=timedelta(minutes=1))
    envelope = cron._schedules.pop(path).made()

    assert (envelope.task, envelope.queue, envelope.company_id, envelope.args) == (path, "critical", None, [])
