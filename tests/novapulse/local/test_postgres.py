"""PostgreSQL on this machine."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import psycopg
import pytest

from novapulse.local import state
from novapulse.local.guard import guarding
from novapulse.local.postgres import POSTGRES
from novapulse.local.stack import up

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.servers


def test_postgresql_starts_again_and_keeps_what_was_committed_when_it_was_killed(folder: Path) -> None:
    with guarding(folder) as guard:
        urls = up(folder, guard=guard, wanted=[POSTGRES])
        with psycopg.connect(urls["DATABASE_URL"]) as connection:
            connection.execute("CREATE TABLE kept (number int)")
        # Nobody reaps it: its lock file now names a zombie.
        os.kill(state.read(folder)["postgres"].pid, signal.SIGKILL)
        assert up(folder, guard=guard, wanted=[POSTGRES]) == urls
        with psycopg.connect(urls["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_postgresql_is_made_again_when_its_making_was_interrupted(folder: Path) -> None:
    half_made = folder / "data" / "postgres.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18")
    with guarding(folder) as guard:
        urls = up(folder, guard=guard, wanted=[POSTGRES])
        with psycopg.connect(urls["DATABASE_URL"]) as connection:
            encodings = connection.execute("SELECT getdatabaseencoding(), datcollate FROM pg_database").fetchall()
    assert set(encodings) == {("UTF8", "C")}
    assert not half_made.exists()
