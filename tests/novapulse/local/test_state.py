"""The state file."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from novapulse.local import known_urls, state
from novapulse.local.process import observe

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def record() -> state.Record:
    """Give the record of a server that runs: this very process."""
    mark = observe(os.getpid())
    assert mark is not None
    return state.Record("REDIS_URL", "redis://127.0.0.1:1/0", 1, mark.pid, mark.started_ticks)


def test_known_urls_gives_what_runs_and_not_what_has_ended(tmp_path: Path, record: state.Record) -> None:
    ended = replace(record, variable="MONGO_URI", started_ticks=record.started_ticks - 1)
    state.write(tmp_path, {"redis": record, "mongo": ended})
    assert known_urls(tmp_path) == {"REDIS_URL": "redis://127.0.0.1:1/0"}
    assert state.read(tmp_path)["mongo"].port == 1


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"redis": {}}', '{"redis": 1}', "null"])
def test_known_urls_is_empty_when_the_file_is_absent_or_unreadable(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / state.STATE_FILE).write_text(content)
    assert known_urls(tmp_path) == {}


def test_known_urls_imports_no_driver() -> None:
    program = "import sys, novapulse.local; print({'pymongo', 'redis', 'psycopg', 'django'} & set(sys.modules))"
    argv = [sys.executable, "-c", program]
    answer = subprocess.run(argv, capture_output=True, text=True, check=True)  # noqa: S603  a program of ours
    assert answer.stdout.strip() == "set()"
