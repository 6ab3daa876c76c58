"""What may be logged is written down, in one form, and is no secret."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from novapulse.log import catalogue
from tests.architecture.source import CODE, ROOT, modules, tree

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAIN_LOGGING = frozenset({"debug", "info", "warning", "error", "critical", "exception"})


def test_names_have_one_form_and_none_speaks_of_a_secret() -> None:
    assert catalogue.flaws() == []


def test_a_name_of_another_form_or_of_a_secret_is_a_flaw(monkeypatch: object) -> None:
    catalogue.EVENTS["Bad.Name"] = catalogue.EVENTS["auth.reset"]  # type: ignore[index]  # a dict, for this test
    catalogue.EVENTS["auth.reset_token"] = catalogue.EVENTS["auth.reset"]  # type: ignore[index]  # as above
    try:
        assert catalogue.flaws() == ["Bad.Name", "auth.reset_token"]
    finally:
        del catalogue.EVENTS["Bad.Name"], catalogue.EVENTS["auth.reset_token"]  # type: ignore[attr-defined]  # as above


def test_every_event_is_told_of_in_a_sentence() -> None:
    assert [name for name, each in catalogue.EVENTS.items() if not each.sentence.endswith(".")] == []


def test_every_event_of_the_catalogue_is_logged_somewhere() -> None:
    code = "".join((ROOT / path).read_text(encoding="utf-8") for path in modules(*CODE) if path.name != "catalogue.py")

    assert [name for name in catalogue.EVENTS if f'"{name}"' not in code] == []


def test_nobody_logs_prose() -> None:
    found = [f"{path}:{call.lineno}" for path in modules(*CODE) for call in _calls(tree(path))]

    assert [place for place in found if not place.startswith("novapulse/log/__init__.py")] == []


def _calls(node: ast.Module) -> Iterator[ast.Call]:
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr in _PLAIN_LOGGING:
            holder = ast.unparse(each.func.value)
            if holder in {"logger", "_logger", "log", "logging"}:
                yield each
