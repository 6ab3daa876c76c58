"""`manage.py request ID`: the whole story of one request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.management.base import CommandError
from rich.tree import Tree

from apps.observability.domain import story
from apps.observability.domain.story import Kind
from novapulse.context import NO_REQUEST
from novapulse.tables import as_text
from novapulse.web.commands import OperatorCommand

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from apps.observability.domain.log_files import Line
    from apps.observability.domain.story import Part, Story

_LAST_FRAMES: Final = 6  # lines of a traceback: where it was raised, and by whom that was called

# What stands in the head of a part, or is the same in all lines.
_TOLD_ELSEWHERE: Final = frozenset(
    (
        *("time", "level", "event", "logger", "service", "version", "environment", "region", "request_id", "trace_id"),
        *("span_id", "route", "company_id", "user_id", "session_id", "calls", "traceback", "task", "id"),
    )
)


class Command(OperatorCommand):
    """Tell the whole story of one request from the log files of this machine (LOG_DIR).

    Who asked, what the gate said, where the time went, calls to stores with milliseconds (of every request where
    LOG_QUERIES is on, as it is locally; else of those that were slow or failed), slow queries with their plans, errors,
    and the tasks that it caused, with theirs. The id is in X-Request-ID of every answer and in every problem document;
    its first eight characters suffice, and so does the id of its trace or of one of its tasks. A task that no request
    caused, such as one of the schedule, is found by its id or its trace's. Where no line knows it the command ends with
    one sentence and exit code 1.
    """

    help = "Tell the whole story of one request: gate, queries, tasks it caused, errors."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the id, and `--json` for an answer that programs read."""
        parser.add_argument("id", metavar="ID", help="Id of the request (its beginning suffices), its trace or a task.")
        parser.add_argument("--json", action="store_true", help="Print the lines as JSON, in their order.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Find the lines, and tell."""
        if not settings.LOG_DIR:
            raise CommandError("LOG_DIR is not set: this machine has no log files to look into.")
        found = story.told(options["id"], folder=Path(settings.LOG_DIR))
        answer = _as_json if options["json"] else _as_text
        self.stdout.write(answer(found))


def _as_json(found: Story) -> str:
    parts = [{"kind": part.kind, "has_failed": part.has_failed, "lines": part.lines} for part in found.parts]
    return json.dumps({"request_id": found.request_id, "parts": parts})


def _as_text(found: Story) -> str:
    tree = Tree("without a request" if found.request_id == NO_REQUEST else f"request {found.request_id}")
    for part in found.parts:
        _add(part, to=tree)
    return as_text(tree) + _conclusion(found)


def _add(part: Part, *, to: Tree) -> None:
    branch = to.add(_head(part))
    for sentence in _sentences(part):
        branch.add(sentence)
    if part.calls:
        calls = branch.add(f"calls to stores: {len(part.calls)}")
        for call in part.calls:
            calls.add(_call(call))
    for line in part.lines:
        if line is not part.summary:
            _add_line(line, to=branch)


def _head(part: Part) -> str:
    first, end = part.lines[0], part.summary
    if part.kind is Kind.TASK:
        known = next((line for line in part.lines if "task" in line), {})
        became = f"{end['outcome']} after {end['took_ms']} ms" if end else _without_end(part)
        return f"task {known.get('task')} {known.get('id')}, attempt {known.get('attempt')}: {became}"
    if part.kind is Kind.REQUEST:
        code = f" ({end['problem']})" if "problem" in end else ""
        return f"{end['method']} {end.get('route', '(no route)')}: {end['status']}{code} in {end['duration_ms']} ms"
    return f"{first.get('route', 'elsewhere')}"


def _without_end(part: Part) -> str:
    """Say what is known of an attempt that told of no end: given up, still at it, or its worker has died."""
    death = next((line for line in part.lines if line["event"] == "task.dead"), None)
    return f"dead ({death['reason']})" if death else "no end in the log: it runs, or its worker died"


def _sentences(part: Part) -> list[str]:
    end = part.summary
    whose = {name: next((line[name] for line in part.lines if name in line), None) for name in _WHOSE}
    said = [
        ", ".join(f"{name.removesuffix('_id')} {value}" for name, value in whose.items() if value) or "nobody known"
    ]
    if "gate" in end:
        said.append(f"gate: {end['gate']}")
    if "duration_ms" in end:
        said.append(_where_time_went(end))
    if "dwell_ms" in end:
        said.append(f"waited {end['dwell_ms']} ms in its queue {end['queue']}")
    return said


def _where_time_went(end: Line) -> str:
    in_stores = end["database_ms"] + end["redis_ms"] + end["external_ms"]
    return (
        f"time: databases {end['database_ms']} ms ({end['database_commands']} commands), redis {end['redis_ms']} ms "
        f"({end['redis_commands']}), outside {end['external_ms']} ms, the rest {end['duration_ms'] - in_stores:.1f} ms"
    )


def _call(call: dict[str, Any]) -> str:
    trouble = f": {call['error']}" if "error" in call else ""
    return f"{call['ms']:8.2f} ms  {call['store']} {call['operation']} {call['target']}".rstrip() + trouble


def _add_line(line: Line, *, to: Tree) -> None:
    fields = " ".join(f"{name}={value}" for name, value in line.items() if name not in _TOLD_ELSEWHERE)
    branch = to.add(f"{line['time'][11:23]} {line['level']} {line['event']} {fields}".rstrip())
    for frame in line.get("traceback", "").rstrip().splitlines()[-_LAST_FRAMES:]:
        branch.add(frame)


def _conclusion(found: Story) -> str:
    tasks = sum(part.kind is Kind.TASK for part in found.parts)
    errors = sum(line["level"] in {"error", "critical"} for line in found.lines)
    return f"Lines: {len(found.lines)}, attempts at tasks: {tasks}, errors: {errors}."


_WHOSE: Final = ("company_id", "user_id", "session_id", "trace_id")
