"""Runbooks: each alarm has its page, each page the form, and every command, event and metric in them exists.

An operator at night has no time for a page that is stale.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.management import CommandError, get_commands, load_command_class

from apps.operations.domain import cloudwatch_alarms, prometheus_rules, runbooks
from apps.operations.domain.alarms import ALARMS
from apps.operations.domain.slos import SLOS
from novapulse.log import catalogue as events
from novapulse.telemetry import catalogue as metrics

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CAUSES = [*ALARMS, *SLOS]
FOLDER = settings.ROOT / "docs" / "runbooks"
INDEX = FOLDER / "README.md"
PAGES = sorted(set(FOLDER.glob("*.md")) - {INDEX})
# Of all the documentation: operators read more than runbooks. Decisions tell of their day; the page of commands is made
# from the commands themselves, and shows a wrong one as well.
NOT_OF_TODAY = {*(settings.ROOT / "docs" / "adr").iterdir(), settings.ROOT / "docs" / "commands.md"}
EVERY_PAGE = sorted(set((settings.ROOT / "docs").rglob("*.md")) - NOT_OF_TODAY)
# What several pages lead to: how to read a figure, and routines that no alarm begins.
BACKGROUND = {"health", "overload", "queues", "signing-keys", "timeouts"}
FORM = (
    *("What you see", "What it means", "First look", "What to do"),
    *("It is over when", "Tell the companies", "Afterwards"),
)
LINES_MOST = 80  # what somebody reads who was woken up

_TYPED = re.compile(r"^ *(?:\$ )?(?:python )?manage\.py ([a-z][^|>;#\n]*)", re.MULTILINE)
_SPOKEN_OF = re.compile(r"`(?:python )?manage\.py ([a-z][^`]*)`")
_STREAMS = "audit|background|draining|gate|http|log|outbox|queues?|resilience|task|telemetry|worker"
_EVENT = re.compile(rf"[`\"]((?:{_STREAMS})\.[a-z_]+)[`\"]")
_METRIC = re.compile(r"`(novapulse\.[a-z_.]+|http\.server[a-z_.]+)`")


def id_of(page: Path) -> str:
    return page.stem


def complaints_of(page: Path) -> Iterator[str]:
    """Say what is wrong with the commands of a page; one that is only spoken of need not have its arguments."""
    text = page.read_text(encoding="utf-8")
    yield from filter(None, map(complaint_of, _TYPED.findall(text)))
    spoken_of = filter(None, map(complaint_of, _SPOKEN_OF.findall(text)))
    yield from (each for each in spoken_of if "arguments are required" not in each)


def complaint_of(typed: str) -> str:
    """Say what is wrong with a command as an operator would type it; nothing where it is right."""
    name, *rest = shlex.split(typed)
    if name not in get_commands():
        return f"there is no command {name}"
    if not rest:  # it is only spoken of
        return ""
    try:
        load_command_class(get_commands()[name], name).create_parser("manage.py", name).parse_args(rest)
    except (CommandError, SystemExit) as error:
        return "" if getattr(error, "code", 1) == 0 else f"{typed}: {error}"  # 0: --help
    return ""


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.name)
def test_each_alarm_names_a_page_that_there_is(cause: runbooks.Cause) -> None:
    page = runbooks.page_of(cause)

    assert (settings.ROOT / page).is_file()
    assert f"runbook: {page}}}" in prometheus_rules.text()
    assert f'{page}"' in cloudwatch_alarms.text()


def test_the_index_leads_to_every_page() -> None:
    links = set(re.findall(r"\]\(([a-z-]+\.md)\)", INDEX.read_text(encoding="utf-8")))

    assert links == {page.name for page in PAGES}


@pytest.mark.parametrize("page", [page for page in PAGES if page.stem not in BACKGROUND], ids=id_of)
def test_each_page_has_the_form_and_is_short(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert tuple(re.findall(r"^## (.+)$", text, re.MULTILINE)) == FORM
    assert len(text.splitlines()) <= LINES_MOST


@pytest.mark.parametrize("page", EVERY_PAGE, ids=id_of)
def test_every_command_of_a_page_is_one_that_takes_these_arguments(page: Path) -> None:
    assert list(complaints_of(page)) == []


def test_a_command_a_word_or_an_option_that_is_not_there_is_found() -> None:
    assert complaint_of("heal") == "there is no command heal"
    assert "invalid choice: 'mend'" in complaint_of("breakers mend redis")
    assert "--quietly" in complaint_of("doctor --quietly")
    assert complaint_of("breakers open redis --for 10m") == ""


def test_every_event_and_metric_of_a_page_is_one_that_the_service_tells() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    known = {metric.name for metric in metrics.metrics()}

    assert set(_EVENT.findall(text)) - set(events.EVENTS) == set()
    assert set(_METRIC.findall(text)) - known == set()
