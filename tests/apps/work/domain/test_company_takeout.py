"""Whole exports straight into a file; `tests/apps/operations/management/company/test_moving.py` compares them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from apps.tenants.errors import CompanyGoing
from apps.work.domain import archives, company_exports, company_takeout
from novapulse import clock
from tests.apps.work.conftest import fill
from tests.audited import Audited

if TYPE_CHECKING:
    from pathlib import Path

    from tests.people import Person


def test_file_is_as_its_manifest_says_and_progress_counts_its_lines(
    rival_at_work: object, desk: Person, tmp_path: Path
) -> None:
    fill()
    path, seen = tmp_path / "acme.tar.gz", list[int]()
    manifest = company_takeout.take_out(path, progress=seen.append)
    assert archives.checked(path)["files"] == manifest["files"]
    assert sum(seen) == company_exports.count_lines() == 4
    assert [each.name for each in tmp_path.iterdir()] == ["acme.tar.gz"]


def test_file_that_is_there_is_left_as_it_is(desk: Person, tmp_path: Path) -> None:
    path = tmp_path / "acme.tar.gz"
    path.write_bytes(b"precious")
    with pytest.raises(FileExistsError, match="left as it is"):
        company_takeout.take_out(path, progress=lambda _lines: None)
    assert path.read_bytes() == b"precious"


def test_company_whose_deletion_has_begun_is_not_taken_out(desk: Person, tmp_path: Path, database: Any) -> None:
    audited, company_id = Audited(database), desk.membership.company_id
    database["companies"].update_one({"_id": company_id}, {"$set": {"deletion_begun_at": clock.now()}})
    with pytest.raises(CompanyGoing):
        company_takeout.take_out(tmp_path / "acme.tar.gz", progress=lambda _lines: None)
    assert (list(tmp_path.iterdir()), audited.told()) == ([], [])


def test_what_an_export_that_was_killed_has_left_is_taken_away_and_what_one_has_under_way_is_not(
    desk: Person, tmp_path: Path
) -> None:
    left, under_way = (tmp_path / f"{company_takeout._PREFIX}{name}" for name in ("left", "under-way"))
    for folder in (left, under_way):
        folder.mkdir()
        (folder / "tasks.ndjson").write_text("{}")
    with company_takeout._locked(under_way):
        company_takeout.take_out(tmp_path / "acme.tar.gz", progress=lambda _lines: None)
    assert {each.name for each in tmp_path.iterdir()} == {"acme.tar.gz", under_way.name}


def test_nobody_else_may_read_what_an_export_has_under_way_and_nothing_stays_when_it_is_ended(
    desk: Person, tmp_path: Path
) -> None:
    modes = set[int]()

    def end(_lines: int) -> None:
        modes.update(each.stat().st_mode & 0o077 for each in tmp_path.rglob("*"))
        raise SystemExit

    with pytest.raises(SystemExit):
        company_takeout.take_out(tmp_path / "acme.tar.gz", progress=end)
    assert (modes, list(tmp_path.iterdir())) == ({0}, [])


def test_file_that_came_meanwhile_is_left_as_it_is(desk: Person, tmp_path: Path) -> None:
    path = tmp_path / "acme.tar.gz"
    with pytest.raises(FileExistsError, match="left as it is"):
        company_takeout.take_out(path, progress=lambda _lines: path.write_bytes(b"precious") and None)
    assert path.read_bytes() == b"precious"
