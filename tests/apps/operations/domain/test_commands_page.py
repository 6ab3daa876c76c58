"""The page of commands."""

from pathlib import Path

from pytest_django import Settings

from apps.operations.domain import commands_page


def test_commands_are_listed_with_their_own_arguments_alone() -> None:
    text = commands_page.text()

    assert "## `manage.py ensure_indexes`" in text
    assert "| `--apply` | Build what is missing. |" in text
    assert "--verbosity" not in text
    assert "`manage.py migrate`" not in text


def test_command_that_does_several_things_is_listed_with_the_options_of_each() -> None:
    text = commands_page.text()

    assert "| `suspend SLUG` | Refuse every credential of a company and let nobody of it sign in. |" in text
    assert "| `suspend --dry-run` | Tell what would be done, and change nothing. |" in text
    assert "| `suspend -h" not in text


def test_every_word_that_can_be_typed_comes_with_its_parser() -> None:
    words = dict(commands_page.words())

    assert words["doctor"].prog == "manage.py doctor"
    assert words["dlq list"].prog == "manage.py dlq list"
    assert "dlq" not in words


def test_each_command_comes_with_its_help_and_with_what_was_recorded(settings: Settings, tmp_path: Path) -> None:
    settings.ROOT = tmp_path
    commands_page.examples().mkdir(parents=True)
    (commands_page.examples() / "doctor.txt").write_text("$ manage.py doctor\nAll is well.\n")
    section = commands_page.text().partition("## `manage.py doctor`")[2].partition("\n## ")[0]

    assert "$ manage.py doctor --help\nusage: manage.py doctor [-h] [--json] [--traceback]\n" in section
    assert section.endswith("For example:\n\n```text\n$ manage.py doctor\nAll is well.\n```\n")
