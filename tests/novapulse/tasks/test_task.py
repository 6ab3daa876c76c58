from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from novapulse.tasks.task import known, task


@task(max_attempts=3, timeout=timedelta(minutes=1))
def something(name: str) -> None:
    """Stand for a task."""


def test_a_task_is_known_by_its_path_with_its_rules() -> None:
    found = known(f"{__name__}.something")

    assert found is something
    assert (found.max_attempts, found.timeout, found.queue_name) == (3, timedelta(minutes=1), "default")


@pytest.mark.parametrize("path", ["os.system", "apps.nowhere.tasks.nothing", "", f"{__name__}.known"])
def test_what_is_no_task_is_unknown_and_nothing_is_imported_for_it(path: str) -> None:
    with pytest.raises(LookupError):
        known(path)


@pytest.mark.parametrize(
    "rules",
    [
        {"max_attempts": 0},
        {"timeout": timedelta()},
        {"timeout": timedelta(hours=12)},
        {"backoff": (timedelta(hours=1), timedelta(minutes=1))},
    ],
)
def test_rules_that_cannot_be_kept_are_refused_when_the_task_is_declared(rules: dict[str, Any]) -> None:
    with pytest.raises(ImproperlyConfigured):
        task(**rules)(something.func)


def test_a_task_may_be_changed_for_one_enqueueing_and_keeps_its_rules() -> None:
    changed = something.using(queue_name="critical")

    assert (changed.queue_name, changed.max_attempts) == ("critical", 3)
