"""Files of the log are read back, whatever else stands in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from apps.observability.domain import log_files

if TYPE_CHECKING:
    from pathlib import Path


def line(event: str, request_id: str) -> str:
    return json.dumps({"time": "2026-01-01T00:00:00.000+00:00", "event": event, "request_id": request_id}) + "\n"


def test_lines_are_found_in_the_current_files_and_in_those_before_them(tmp_path: Path) -> None:
    (tmp_path / "application.log").write_text(line("b", "request-1") + line("c", "request-2"))
    (tmp_path / "application.log.1").write_text(line("a", "request-1"))
    (tmp_path / "audit.log").write_text(line("audit", "request-1"))
    (tmp_path / "error.log").write_text(line("b", "request-1"))
    (tmp_path / "web.log").write_text(line("no", "request-1"))

    assert sorted(each["event"] for each in log_files.lines_with("request-1", folder=tmp_path)) == ["a", "audit", "b"]


def test_what_is_no_line_of_ours_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "application.log").write_text('{"torn": "request-1\n["request-1"]\n{"a":"request-1"}\n')

    assert list(log_files.lines_with("request-1", folder=tmp_path)) == []
    assert list(log_files.lines_with("request-1", folder=tmp_path / "nowhere")) == []
