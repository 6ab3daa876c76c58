"""What may be logged is written down, in one form, and is no secret."""

from __future__ import annotations

import ast
import logging
from typing import TYPE_CHECKING

from bson import ObjectId

from novapulse import context
from novapulse.log import catalogue
from novapulse.log.formatter import described
from tests.architecture.source import CODE, ROOT, modules, tree

if TYPE_CHECKING:
    from collections.abc import Iterator

_TELLING = frozenset({"log.event", "log.failed", "log_event", "partial"})
_PROSE = frozenset(
    f"{logger}.{level}"
    for logger in ("logging", "logger", "_logger", "log")
    for level in ("debug", "info", "warning", "error", "critical", "exception")
)


def test_names_have_one_form_and_none_speaks_of_a_secret() -> None:
    assert catalogue.flaws() == []


def test_a_name_of_another_form_or_of_a_secret_is_a_flaw(monkeypatch: object) -> None:
    catalogue.EVENTS["Bad.Name"] = catalogue.EVENTS["auth.reset"]  # type: ignore[index]  # a dict, for this test
    catalogue.EVENTS["auth.reset_token"] = catalogue.EVENTS["auth.reset"]  # type: ignore[index]  # as above
    try:
        assert catalogue.flaws() == ["Bad.Name", "auth.reset_token"]
    finally:
        del catalogue.EVENTS["Bad.Name"], catalogue.EVENTS["auth.reset_token"]  # type: ignore[attr-defined]  # as above


def test_every_field_of_a_line_is_told_of_and_no_event_has_one_of_the_same_name() -> None:
    context.authenticate(
        context.Principal("person", ObjectId(), ObjectId(), ObjectId(), "owner"), company_id=ObjectId()
    )
    record = logging.LogRecord("novapulse.test", logging.INFO, __file__, 1, "auth.reset", (), None)
    told = described(record, constant={})
    shared = {name for each in catalogue.EVENTS.values() for name in each.fields & catalogue.OF_EVERY_LINE.keys()}

    assert told.keys() - catalogue.OF_EVERY_LINE.keys() == {
        "where"
    }  # it has no fields, so it counts as another library's
    assert shared == {"company_id", "session_id", "route", "error", "traceback"}  # of whom it is about, not who asks


def test_every_event_is_told_of_in_a_sentence() -> None:
    assert [name for name, each in catalogue.EVENTS.items() if not each.sentence.endswith(".")] == []


def test_every_event_of_the_catalogue_is_logged_somewhere() -> None:
    code = "".join((ROOT / path).read_text(encoding="utf-8") for path in modules(*CODE) if path.name != "catalogue.py")

    assert [name for name in catalogue.EVENTS if f'"{name}"' not in code] == []


def test_every_event_that_is_logged_is_in_the_catalogue_with_its_fields() -> None:
    found = [(path, call) for path in modules(*CODE) for call in _calls(tree(path), _TELLING)]
    unknown = [f"{path}:{call.lineno}: {each}" for path, call in found for each in _unknown(call)]

    assert len(found) > 50
    assert unknown == []


def test_nobody_logs_prose() -> None:
    found = [f"{path}:{call.lineno}" for path in modules(*CODE) for call in _calls(tree(path), _PROSE)]

    assert [place for place in found if not place.startswith("novapulse/log/__init__.py")] == []


def _calls(module: ast.Module, names: frozenset[str]) -> Iterator[ast.Call]:
    """Give the calls of these functions; of `partial` those that hand one on."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in names and (name != "partial" or ast.unparse(node.args[0]) == "log.event"):
                yield node


def _unknown(call: ast.Call) -> list[str]:
    """List what is spelled out in a call and not known; what is put together shows when it is logged."""
    name = next((each.value for each in call.args if isinstance(each, ast.Constant)), None)
    if not isinstance(name, str):
        return []
    if name not in catalogue.EVENTS:
        return [name]
    given = {keyword.arg for keyword in call.keywords if keyword.arg is not None} - {"level"}
    return sorted(given - catalogue.EVENTS[name].fields)
