"""Names that mislead, and notes to nobody."""

import re
import sys
from pathlib import Path

from tests.architecture.source import CODE, ROOT, modules, text

DRAWERS = frozenset({"utils", "util", "helpers", "helper", "common", "core", "managers", "services", "misc"})
# Spelled so that this file does not find itself.
_NOTE = r"\b(?:T[O]DO|F[I]XME|X[X]X)\b"
NOTES = re.compile(rf"(?:#|//|<!--).*{_NOTE}|{_NOTE}:|\bx[f]ail\b|mark\.s[k]ip|pytest\.s[k]ip")
READ = frozenset({".py", ".md", ".toml", ".yaml", ".in", ".html", ".css", ".js"})
READ_AS_WELL = frozenset({"Makefile", ".importlinter", "run", "Dockerfile"})
SKIPPED = frozenset({".git", ".venv", ".local", ".hypothesis", "__pycache__", "data"})
REASONED = re.compile(r"# (?:ruff: )?n[o]qa: (?:[A-Z]+\d+,? ?)+ \S|# t[y]pe: ignore\[[\w,-]+\]  # \S")
SUPPRESSED = re.compile(r"# (?:ruff: )?n[o]qa\b|# t[y]pe: ignore\b")


def test_no_library_module_is_named_like_one_of_the_standard_library() -> None:
    names = {path.stem if path.stem != "__init__" else path.parent.name for path in modules("novapulse")}

    assert names & sys.stdlib_module_names == set()


def test_no_module_is_a_drawer_for_everything() -> None:
    assert [str(path) for path in modules(*CODE, "benchmarks") if DRAWERS & {*path.parts, path.stem}] == []


def test_nobody_leaves_notes_or_tests_that_do_not_run() -> None:
    found = [
        f"{path}:{number}: {line.strip()}"
        for path in _written_by_us()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if NOTES.search(line)
    ]

    assert found == []


def test_every_suppressed_warning_carries_its_reason() -> None:
    bare = [
        f"{path}:{number}: {line.strip()}"
        for path in modules(*CODE, "tests", "benchmarks")
        for number, line in enumerate(text(path).splitlines(), start=1)
        if SUPPRESSED.search(line) and not REASONED.search(line)
    ]

    assert bare == []


def _written_by_us() -> list[Path]:
    files = (path for path in ROOT.rglob("*") if path.suffix in READ or path.name in READ_AS_WELL)
    return sorted(path for path in files if path.is_file() and not SKIPPED & set(path.relative_to(ROOT).parts))
