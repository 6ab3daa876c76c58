"""`manage.py dlq list|show|redrive|purge`: the dead letters, for people who decide what becomes of them."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from bson import ObjectId
from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.tenants import api as tenants_api
from novapulse.queues import dead_letters, depths
from novapulse.queues.dead_letters import Wanted
from novapulse.tables import as_text
from novapulse.web.commands import Answer, BadArguments, OperatorCommand, operator, take_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from django.core.management.base import CommandParser

    from novapulse.queues.dead_letters import Letter, Outcome

_SHOWN: Final = 100
_HIDDEN_FIELDS: Final = frozenset({"body", "envelope", "receipt", "message_id"})
_MOST: Final = 1_000_000  # all there are: SQS holds no more in one queue's flight
_FILTERS: Final = {
    "queue": "Only of this queue.",
    "company": "Only of the company with this slug or id.",
    "task": "Only of this task: its dotted path or last part; * stands for anything.",
    "error": "Only with this reason or class of error; * stands for anything.",
}


class Command(OperatorCommand):
    """List dead letters, show one, have their tasks tried anew (redrive), or throw them away (purge).

    A task that is tried anew keeps its id and begins with all its attempts, fifty letters a second. Both can be stopped
    at any time and run again: no task is done twice by it, and what a killed run had in hand shows again within five
    minutes. Each letter that goes is logged (`queues.dead_letter_redriven`, `queues.dead_letter_purged`) with who did
    it. Stores that do not answer and names that are not there end the command with one sentence and exit code 1.
    """

    help = "List dead letters (list), show one (show), try their tasks anew (redrive), throw them away (purge)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do, and which letters are meant."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for name, sentence in _SENTENCES.items():
            action = actions.add_parser(name, help=sentence)
            if name == "show":
                action.add_argument("id", metavar="ID", help="Id of the task.")
            for each in _FILTERS if name != "show" else ():
                action.add_argument(f"--{each}", default="", help=_FILTERS[each])
            if name == "list":
                action.add_argument(
                    "--limit", type=int, default=_SHOWN, help=f"How many at most; {_SHOWN} if not given."
                )
            if name in {"redrive", "purge"}:
                take_reason(action)
                action.add_argument("--dry-run", action="store_true", help="Only count what is meant.")
            action.add_argument("--json", action="store_true", help="Print JSON instead of text.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Do it, and tell."""
        try:
            answer = _ACTIONS[options["action"]](options)
        except LookupError as missing:
            raise CommandError(str(missing)) from missing
        self.stdout.write(answer.told(options))


def _list(options: Mapping[str, Any]) -> Answer:
    _note(Action.OPERATOR_READ, "list")
    found = dead_letters.letters(_wanted(options), at_most=options["limit"])
    table = Table("Id", "Queue", "Task", "Company", "Reason", "Error", "Attempts", "Since", box=None, pad_edge=False)
    for each in found:
        since = each.at.partition(".")[0]
        kind = each.error.rpartition(".")[2]
        table.add_row(each.id, each.queue, each.task, each.company_id, each.reason, kind, str(each.attempts), since)
    conclusion = (
        f"{_count(len(found), 'dead letter')}{' or more' if len(found) == options['limit'] else ''}.{_hidden()}"
    )
    return Answer((as_text(table) if found else "") + conclusion, [_told(each) for each in found])


def _show(options: Mapping[str, Any]) -> Answer:
    _note(Action.OPERATOR_READ, options["id"])
    found = dead_letters.letters(Wanted(id=options["id"]), at_most=1)
    if not found:
        raise CommandError(f"There is no dead letter of the task {options['id']!r}.{_hidden()}")
    body = json.loads(found[0].body)
    return Answer(json.dumps(body, indent=2, ensure_ascii=False), body)


def _redrive(options: Mapping[str, Any]) -> Answer:
    wanted = _wanted(options)
    if options["dry_run"]:
        return _counted(wanted, "Would be tried anew")
    _note(Action.DEAD_LETTERS_REDRIVEN, _meant(options))
    with _progress("Trying anew") as seen:
        outcome = dead_letters.redrive(wanted, by=operator(), seen=seen)
    parts = [f"Done! Tried anew: {_count(outcome.done, 'task')}."]
    if outcome.already:
        parts.append(f"{outcome.already} had been before, or were finished: their letters are gone.")
    if outcome.unreadable:
        parts.append(f"{outcome.unreadable} cannot be read and stay: purge them if they are not wanted.")
    return Answer(" ".join(parts) + _hidden(), _data(outcome))


def _purge(options: Mapping[str, Any]) -> Answer:
    wanted = _wanted(options)
    if wanted == Wanted():
        raise BadArguments(
            f"Say which letters are meant: give at least one of {', '.join(f'--{f}' for f in _FILTERS)}."
        )
    if options["dry_run"]:
        return _counted(wanted, "Would be thrown away")
    _note(Action.DEAD_LETTERS_PURGED, _meant(options))
    with _progress("Throwing away") as seen:
        outcome = dead_letters.purge(wanted, by=operator(), seen=seen)
    return Answer(f"Done! Thrown away: {_count(outcome.done, 'dead letter')}.{_hidden()}", _data(outcome))


def _note(action: Action, meant: str) -> None:
    """Write down what is about to be done: SQS knows no transaction, so the record comes first."""
    audit_api.note([Entry(action, meant, kind="dead_letters", home=audit_api.PLATFORM)])


def _meant(options: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={options[name]}" for name in _FILTERS if options[name]) or "all"


def _counted(wanted: Wanted, verb: str) -> Answer:
    found = dead_letters.letters(wanted, at_most=_MOST)
    tasks = Counter(each.task or "(cannot be read)" for each in found)
    table = Table("Task", "Letters", box=None, pad_edge=False)
    for task, times in tasks.most_common():
        table.add_row(task, str(times))
    text = (as_text(table) if found else "") + f"{verb}: {_count(len(found), 'dead letter')}.{_hidden()}"
    return Answer(text, {"dry_run": True, "meant": len(found), "tasks": tasks})


def _wanted(options: Mapping[str, Any]) -> Wanted:
    company_id = _company_id(options["company"]) if options["company"] else ""
    return Wanted(queue=options["queue"], company_id=company_id, task=options["task"], error=options["error"])


def _company_id(named: str) -> str:
    company = tenants_api.company_by_slug(named)
    if company is not None:
        return str(company.id)
    if ObjectId.is_valid(named):  # of one that has gone since
        return named
    raise CommandError(f"There is no company {named!r}.")


def _told(letter: Letter) -> dict[str, Any]:
    return {name: value for name, value in asdict(letter).items() if name not in _HIDDEN_FIELDS}


def _data(outcome: Outcome) -> dict[str, int]:
    return asdict(outcome)


def _hidden() -> str:
    """Tell of letters that nobody sees at present, so that nobody takes them for lost."""
    hidden = sum(each.dead_in_flight for each in depths.in_sqs())
    if not hidden:
        return ""
    return f" {hidden} more in the hands of another run, or of one that was killed: look again in five minutes."


@contextmanager
def _progress(title: str) -> Iterator[Callable[[Letter], None]]:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=sum(each.dead for each in depths.in_sqs()))
        yield lambda _: progress.advance(task)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


_SENTENCES: Final = {
    "list": "List dead letters, and leave them where they are.",
    "show": "Show the whole letter of a task.",
    "redrive": "Have the tasks tried anew.",
    "purge": "Throw letters away for good; wants at least one filter.",
}
_ACTIONS: Mapping[str, Callable[[Mapping[str, Any]], Answer]] = {
    "list": _list,
    "show": _show,
    "redrive": _redrive,
    "purge": _purge,
}
