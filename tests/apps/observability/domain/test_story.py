"""A request's lines are put together, with those of the tasks that it caused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from apps.observability.domain import story
from apps.observability.domain.story import Kind
from apps.observability.errors import Ambiguous, NothingLogged

if TYPE_CHECKING:
    from pathlib import Path

REQUEST = "0123456789abcdef"
TRACE = "f" * 32


def write(folder: Path, *lines: dict[str, Any]) -> None:
    told = [
        {"time": f"{number:03}", "level": "info", "request_id": REQUEST, "trace_id": TRACE, "span_id": "a", **line}
        for number, line in enumerate(lines)
    ]
    (folder / "application.log").write_text("".join(json.dumps(line) + "\n" for line in reversed(told)))


def test_parts_come_in_their_order_with_their_lines_in_theirs(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"event": "mongo.slow_query"},
        {"event": "http.request", "calls": [{"ms": 1}]},
        {"event": "task.started", "span_id": "b", "id": "task-1"},
        {"event": "task.failed", "span_id": "b", "level": "error"},
        {"event": "background.failed", "span_id": "c"},
    )
    request, task, other = story.told(REQUEST, folder=tmp_path).parts

    assert (request.kind, task.kind, other.kind) == (Kind.REQUEST, Kind.TASK, Kind.OTHER)
    assert [line["event"] for line in request.lines] == ["mongo.slow_query", "http.request"]
    assert (request.calls, task.calls) == ([{"ms": 1}], [])
    assert (request.has_failed, task.has_failed) == (False, True)


@pytest.mark.parametrize("name", [REQUEST, REQUEST[:8], TRACE, "task-1"])
def test_a_request_is_found_by_its_id_or_the_beginning_of_it_its_trace_and_its_tasks(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"event": "http.request"}, {"event": "task.started", "id": "task-1"})

    assert story.told(name, folder=tmp_path).request_id == REQUEST


def test_who_gives_too_little_is_told_so(tmp_path: Path) -> None:
    write(tmp_path, {"event": "http.request"}, {"event": "http.request", "request_id": f"{REQUEST[:8]}-other"})

    with pytest.raises(Ambiguous, match="2 requests are meant by 01234567"):
        story.told(REQUEST[:8], folder=tmp_path)
    with pytest.raises(NothingLogged):
        story.told(REQUEST[:7], folder=tmp_path)


def test_what_nobody_has_logged_is_not_found(tmp_path: Path) -> None:
    write(tmp_path, {"event": "http.request"}, {"event": "worker.started", "request_id": "-"})

    for name in ("no-such-request", "worker.started", "-"):
        with pytest.raises(NothingLogged):
            story.told(name, folder=tmp_path)


@pytest.mark.parametrize(("name", "attempts"), [("task-1", 2), (TRACE, 1), ("e" * 32, 1)])
def test_a_task_that_no_request_caused_is_found_by_its_id_with_all_attempts_or_by_the_trace_of_one(
    tmp_path: Path, name: str, attempts: int
) -> None:
    nobody, again = {"request_id": "-"}, {"request_id": "-", "trace_id": "e" * 32, "span_id": "b"}
    write(
        tmp_path,
        {"event": "task.started", "id": "task-1", **nobody},
        {"event": "mongo.slow_query", **nobody},
        {"event": "task.started", "id": "task-1", **again},
        {"event": "mongo.slow_query", **again},
        {"event": "task.started", "id": "task-2", **nobody, "trace_id": "d" * 32},
    )
    told = story.told(name, folder=tmp_path)

    assert [(part.kind, len(part.lines)) for part in told.parts] == [(Kind.TASK, 2)] * attempts
    assert told.request_id == "-"
