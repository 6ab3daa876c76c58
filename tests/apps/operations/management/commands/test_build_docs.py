"""`manage.py build_docs`: pages made from the code."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings


@pytest.fixture
def checkout(tmp_path: Path, settings: Settings) -> Path:
    """Give the root of a repository that has none of the pages yet."""
    (tmp_path / "docs").mkdir()
    settings.ROOT = tmp_path
    return tmp_path


def test_missing_pages_are_written_and_a_second_run_has_nothing_to_do(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("build_docs")
    call_command("build_docs")
    first, second = capsys.readouterr().out.splitlines()

    assert first.startswith("Done! Wrote configuration.md, commands.md, ")
    assert first.endswith(", .env.example.")
    assert (checkout / "infra" / "observability" / "prometheus-rules.yml").is_file()
    assert second == "Nothing to do: every page is up to date."
    assert "MONGO_URI" in (checkout / ".env.example").read_text()


def test_check_names_the_stale_page_and_writes_nothing(checkout: Path) -> None:
    call_command("build_docs")
    page = checkout / "docs" / "commands.md"
    page.write_text("old\n")

    with pytest.raises(CommandError, match=r"^Stale: commands\.md\."):
        call_command("build_docs", "--check")
    assert page.read_text() == "old\n"
