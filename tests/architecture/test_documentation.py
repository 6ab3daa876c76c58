"""Documentation that is made from the code is fresh, and strangers find a sentence at every door."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from apps.operations.domain import handbook
from novapulse import environ
from tests.architecture.source import ROOT, Function, modules, text, tree

DOORS = ("api.py", "middleware.py")


def test_every_page_that_is_made_from_the_code_is_up_to_date() -> None:
    assert [page.path.name for page in handbook.pages() if page.is_stale] == []


def test_every_variable_is_documented_with_a_sentence() -> None:
    table, example = text(Path("docs/configuration.md")), text(Path(".env.example"))
    silent = [
        each.name
        for each in environ.variables()
        if not each.sentence.endswith(".") or f"`{each.name}`" not in table or f"#{each.name}=" not in example
    ]

    assert silent == []


def test_every_door_says_what_is_behind_it() -> None:
    doors = [path for path in modules("apps") if path.name in DOORS or "commands" in path.parts]
    silent = [f"{path}: {name}" for path in [*modules("novapulse"), *doors] for name in _silent(tree(path))]

    assert silent == []


def test_bare_make_lists_every_word_with_a_sentence() -> None:
    command = ["make", "--no-print-directory"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603  constant
    words = [re.fullmatch(r"make (\w+) +\S.+", line) for line in printed.splitlines()]

    assert [word and word[1] for word in words] == [
        *("help", "run", "test", "browse", "prove", "check", "fix"),
        *("bench", "docs", "lock", "clean"),
    ]


def test_every_link_of_a_page_leads_to_a_file() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)[)#]", page.read_text())]

    assert len(links) > len(pages)
    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []


def test_every_decision_has_a_record_that_fits_on_a_screen() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("*.md"))

    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    assert [path.name for path in records if len(path.read_text(encoding="utf-8").splitlines()) > 50] == []


def _silent(node: ast.Module | ast.ClassDef, *, inside: str = "") -> Iterator[str]:
    for child in node.body:
        if not isinstance(child, Function | ast.ClassDef) or child.name.startswith("_"):
            continue
        if ast.get_docstring(child) is None:
            yield f"{inside}{child.name}"
        if isinstance(child, ast.ClassDef):
            yield from _silent(child, inside=f"{child.name}.")
