"""Dead letters in the admin: looked at, tried anew, thrown away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bson import ObjectId
from django.urls import reverse

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.tenants import api as tenants_api
from novapulse.errors import Conflict, NotFound
from novapulse.queues import dead_letters
from novapulse.queues.dead_letters import Wanted
from novapulse.web.admin.boards import Board, Row, Verb, board
from novapulse.web.admin.parts import Cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from novapulse.queues.dead_letters import Letter

_SHOWN: Final = 100


def _redrive(task_id: str, _given: Mapping[str, Any], by: str) -> str:
    wanted = _one(task_id)
    _note(Action.DEAD_LETTERS_REDRIVEN, task_id)
    outcome = dead_letters.redrive(wanted, by=by)
    if outcome.unreadable:
        raise Conflict("This program cannot read the letter; it stays.")
    if not outcome.done + outcome.already:
        raise NotFound("The letter is not there any more, or somebody else looks at it: try again in five minutes.")
    return f"The task {task_id} is tried anew." if outcome.done else f"The task {task_id} had been tried anew before."


def _discard(task_id: str, _given: Mapping[str, Any], by: str) -> str:
    wanted = _one(task_id)
    _note(Action.DEAD_LETTERS_PURGED, task_id)
    if not dead_letters.purge(wanted, by=by).done:
        raise NotFound("The letter is not there any more, or somebody else looks at it: try again in five minutes.")
    return f"The letter of the task {task_id} is thrown away."


def _one(task_id: str) -> Wanted:
    if not task_id:
        raise NotFound  # an empty id would mean all letters
    return Wanted(id=task_id)


@board
class DeadLetters(Board):
    """Tasks that were given up."""

    name = "dead-letters"
    title = "Dead letters"
    explanation = (
        f"Tasks that were given up, at most {_SHOWN}; manage.py dlq shows and moves many at once. "
        "SQS is asked for them, which takes some seconds."
    )
    columns = ("Task", "Queue", "Company", "Reason", "Error", "Attempts", "Since")
    verbs = (
        Verb("redrive", "Try anew", "Have the task tried anew, with all its attempts and under its old id.", _redrive),
        Verb("discard", "Throw away", "Throw the letter away, for good: the task will not be done.", _discard),
    )

    def rows(self) -> list[Row]:
        """Look through the queues of dead letters, and leave all where they are."""
        _note(Action.OPERATOR_READ, "list")
        found = dead_letters.letters(Wanted(), at_most=_SHOWN)
        ids = {ObjectId(each.company_id) for each in found if ObjectId.is_valid(each.company_id)}
        slugs = {str(each.id): each.slug for each in tenants_api.companies(ids)}
        return [_row(each, slug=slugs.get(each.company_id)) for each in found]


def _note(action: Action, what: str) -> None:
    """Write down what is about to be done: SQS knows no transaction, so the record comes first."""
    audit_api.note([Entry(action, what, kind="dead_letters", home=audit_api.PLATFORM)])


def _row(letter: Letter, *, slug: str | None) -> Row:
    """Name a company by its slug, with the way to its page; one that is gone, by its id."""
    kind, since = letter.error.rpartition(".")[2], letter.at.partition(".")[0].replace("T", " ")
    page = slug and Cell(slug, reverse("admin:novapulse_tenants_company_change", args=(letter.company_id,)))
    name = letter.task.rpartition(".")[2]
    cells = (name, letter.queue, page or letter.company_id, letter.reason, kind, letter.attempts, since)
    return Row(letter.id, cells, ("redrive", "discard") if letter.id else ())
