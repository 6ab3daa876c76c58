"""Every command of ours is of one base, and tells in one line what is wrong with its arguments."""

from __future__ import annotations

import argparse
import inspect
from typing import TYPE_CHECKING

import pytest

from apps.operations.domain import commands_page
from novapulse.web.commands import OperatorCommand, Parser

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_every_command_is_of_our_base_and_says_what_it_is_for() -> None:
    strangers = [name for name, each in commands_page.ours().items() if not isinstance(each, OperatorCommand)]
    silent = [name for name, each in commands_page.ours().items() if not inspect.getdoc(type(each)) or not each.help]

    assert (strangers, silent) == ([], [])


def test_every_action_and_argument_is_explained() -> None:
    for word, parser in commands_page.words():
        assert isinstance(parser, Parser), word
        assert [each.dest for each in parser._actions if not each.help] == [], word


def _bad() -> Iterator[tuple[str, list[str]]]:
    for word, parser in commands_page.words():
        typed = word.split()
        yield f"{word}, an unknown option", [*typed, *_enough(parser), "--no-such-option"]
        if any(each.required for each in parser._actions):
            yield f"{word}, nothing of what it wants", typed
        for each in parser._actions:
            if each.type is int or (each.choices and each.help != argparse.SUPPRESS):
                spelled = each.option_strings[-1:]
                yield f"{word}, a bad {each.dest}", [*typed, *_enough(parser, besides=each), *spelled, "no-such-value"]
    for name in sorted({word.split()[0] for word, _ in commands_page.words() if " " in word}):
        yield f"{name}, without an action", [name]
        yield f"{name}, an unknown action", [name, "no-such-action"]


def _enough(parser: argparse.ArgumentParser, *, besides: argparse.Action | None = None) -> Iterator[str]:
    """Give what the command cannot do without."""
    for each in parser._actions:
        if each.required and each is not besides:
            value = next(iter(each.choices)) if each.choices else "1m" if each.dest == "length" else "1"
            yield from (*each.option_strings[-1:], str(value))


CASES = dict(_bad())


@pytest.mark.parametrize("case", CASES)
def test_bad_arguments_end_a_command_with_one_line_and_exit_code_2(
    case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name, *arguments = CASES[case]

    with pytest.raises(SystemExit) as ended:
        commands_page.ours()[name].run_from_argv(["manage.py", name, *arguments])
    printed = capsys.readouterr()
    lines = printed.err.splitlines()
    assert (ended.value.code, len(lines), printed.out) == (2, 1, "")
    assert lines[0].startswith(f"manage.py {name}")
    assert lines[0].endswith(" --help.")


def _without(option: str) -> set[str]:
    return {word for word, parser in commands_page.words() if option not in parser._option_string_actions}


def test_every_command_that_prints_what_it_has_found_or_done_tells_programs_as_well() -> None:
    assert _without("--json") == {"build_docs", "run_local", "run_worker", "seed_demo"}


def test_every_command_that_takes_something_away_can_tell_first_what_it_would_take() -> None:
    assert _without("--dry-run") - READS == TAKE_NOTHING_AWAY


def test_every_command_that_changes_something_for_others_can_be_given_the_reason() -> None:
    assert _without("--reason") - READS == OF_A_RELEASE


def test_every_command_and_all_that_reads_has_an_example_that_was_recorded() -> None:
    typed = [
        line.removeprefix("$ manage.py ")
        for file in commands_page.examples().glob("*.txt")
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.startswith("$ manage.py ")
    ]
    wanted = {word for word, _ in commands_page.words() if word in READS} | set(commands_page.ours())

    assert [word for word in sorted(wanted) if not any(f"{line} ".startswith(f"{word} ") for line in typed)] == []


READS = {
    *("limits show", "limits simulate", "routes"),
    *("audit show", "audit verify", "breakers show", "company list", "company show", "dlq list", "dlq show"),
    *(
        "doctor",
        "company verify-deleted",
        "isolation_scan",
        "queue_control list",
        "queues",
        "request",
        "secrets decrypt",  # records the reason all the same
        "secrets encrypt",
        "secrets keygen",  # writes a new file, of which nobody knows yet
        "signing_keys list",
        "staff list",
        "user show",
    ),
}
# Run by whoever deploys, or on a developer's machine: the release is the reason.
OF_A_RELEASE = {
    *("build_docs", "ensure_indexes", "ensure_queues", "local_services", "run_local", "run_worker", "seed_demo"),
    "staff demo",
}
TAKE_NOTHING_AWAY = {
    *OF_A_RELEASE,  # `ensure_indexes` and `ensure_queues` only plan, unless they are given --apply
    *("breakers close", "breakers open", "breakers reset", "company create", "company export", "company plan"),
    "limits set",
    *("queue_control pause", "queue_control resume", "signing_keys add"),
    *("staff create", "staff reactivate", "staff unlock"),
}
