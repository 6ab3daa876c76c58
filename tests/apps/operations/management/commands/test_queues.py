"""`manage.py queues` against real stores."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from novapulse.queues import controls, figures, names
from novapulse.queues.figures import Figure

if TYPE_CHECKING:
    from novapulse.data.sqs import SqsProvider

pytestmark = pytest.mark.usefixtures("database", "queues")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    call_command("queues", *arguments)
    return capsys.readouterr().out


def test_where_nobody_looks_at_a_screen_it_prints_once_and_ends(
    queues: SqsProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    url = queues.queue_url(names.physical("default"))
    queues.call(lambda client: client.send_message(QueueUrl=url, MessageBody="x"))
    head, critical, default, conclusion = run(capsys).splitlines()

    assert head.split()[:4] == ["Queue", "Waiting", "In", "flight"]
    assert critical.split()[:4] == ["critical", "0", "0", "0"]
    assert default.split()[:4] == ["default", "1", "0", "0"]
    assert conclusion.endswith("the outbox lags by 0 s.")


def test_json_tells_programs_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    figures.count(Figure.RETRIES, queue="default", times=3)
    figures.dwelt(0.2, queue="default")
    figures.flush()
    found = {each["queue"]: each for each in json.loads(run(capsys, "--json"))["queues"]}

    assert found["default"]["recent"]["retries"] == 3
    assert set(found["default"]["recent"]) == set(Figure)
    assert 0.2 <= found["default"]["dwell_seconds"]["p50"] < 0.25
    assert (found["default"]["inflight_saturation"], found["critical"]["dwell_seconds"]["p99"]) == (0.0, None)


def test_what_is_paused_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    controls.pause("queue:default", by="ann")

    assert run(capsys, "--once").splitlines()[-1].endswith("Paused: queue:default.")
    assert json.loads(run(capsys, "--json"))["paused"] == ["queue:default"]


def test_without_sqs_the_rest_is_shown(no_sqs: None, capsys: pytest.CaptureFixture[str]) -> None:
    *_, default, conclusion = run(capsys, "--once").splitlines()

    assert default.split()[:5] == ["default", "-", "-", "-", "0"]
    assert conclusion.endswith("SQS is not reached.")


def test_without_mongodb_it_ends_with_one_sentence(no_mongodb: None) -> None:
    with pytest.raises(CommandError, match=r"^The database does not answer"):
        call_command("queues", "--once")
