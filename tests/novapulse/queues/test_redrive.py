from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from novapulse.queues import redrive
from novapulse.queues.errors import Unreadable
from novapulse.queues.settle import Outcome
from novapulse.tasks import DeadLetter, task
from tests.queues import dead_letters, drain, publish

if TYPE_CHECKING:
    from pymongo.database import Database

is_well = False


@task(max_attempts=1)
def sometimes() -> None:
    if not is_well:
        raise DeadLetter("sick")


def test_a_redriven_task_runs_once_however_often_it_is_redriven(
    database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sometimes.enqueue()
    assert drain() == [Outcome.DEAD]
    (letter,) = dead_letters()
    monkeypatch.setattr(f"{__name__}.is_well", True)

    assert [redrive.again(letter), redrive.again(letter)] == [True, False]
    assert drain() == [Outcome.DONE]
    assert redrive.again(letter) is False
    assert drain() == []


def test_what_sqs_itself_has_moved_is_sent_again_unless_it_is_finished(
    database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.is_well", True)
    sometimes.enqueue()
    publish()
    (row,) = database.outbox.find()
    assert "due_at" not in row

    assert redrive.again(row["body"]) is True
    assert drain() == [Outcome.DONE, Outcome.COPY]
    assert redrive.again(row["body"]) is False


def test_what_is_no_envelope_cannot_be_redriven(database: object) -> None:
    with pytest.raises(Unreadable):
        redrive.again('{"schema": 0, "raw": "x"}')
