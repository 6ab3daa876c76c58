"""Pages that are made from the code."""

from pathlib import Path

from django.conf import settings

from apps.operations.domain import handbook


def text_of(name: str) -> str:
    return next(page.text for page in handbook.pages() if page.path.name == name)


def test_configuration_names_every_variable_and_no_folder_of_this_machine() -> None:
    text = text_of("configuration.md")

    assert "| `MONGO_MAX_POOL_SIZE` | number | `10` |" in text
    assert "| `LOCAL_DIR` | text | `.local` |" in text
    assert str(settings.ROOT) not in text


def test_configuration_shows_no_default_of_a_secret() -> None:
    lines = [line for line in text_of("configuration.md").splitlines() if "| secret" in line]

    assert lines
    assert all("`) |  |" in line for line in lines)


def test_example_sets_nothing() -> None:
    assert [line for line in text_of(".env.example").splitlines() if line and not line.startswith("#")] == []


def test_page_is_stale_until_it_is_written(tmp_path: Path) -> None:
    page = handbook.Page(tmp_path / "page.md", "fresh\n")
    before = page.is_stale
    handbook.write(page)

    assert (before, page.is_stale) == (True, False)
