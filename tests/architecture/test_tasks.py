"""Tasks are enqueued by name from below: the names must be right."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from novapulse.tasks.task import known
from tests.architecture.source import dotted, modules, tree


def test_every_task_that_is_enqueued_by_name_is_there() -> None:
    unknown = [
        f"{dotted(path)}: {name}" for path in modules("apps", "config") for name in _named(path) if not _is_known(name)
    ]

    assert unknown == []


def test_every_task_goes_into_a_queue_that_there_is() -> None:
    assert set(settings.TASKS["default"]["QUEUES"]) == set(settings.QUEUES)


def test_tasks_of_apps_live_in_their_module_of_tasks() -> None:
    astray = [dotted(path) for path in modules("apps") if path.name != "tasks.py" and _declares_tasks(path)]

    assert astray == []


def _named(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", None)) == "enqueue":
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and str(first.value).startswith("apps."):
                yield str(first.value)


def _is_known(name: str) -> bool:
    try:
        known(name)
    except LookupError:
        return False
    return True


def _declares_tasks(path: Path) -> bool:
    decorators = [
        each for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef) for each in node.decorator_list
    ]
    calls = [each.func if isinstance(each, ast.Call) else each for each in decorators]
    return any(getattr(each, "id", None) == "task" for each in calls)
