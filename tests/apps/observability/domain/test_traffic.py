"""What companies have asked for, out of the access log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from apps.observability.domain import traffic
from apps.observability.domain.traffic import Request
from novapulse.log.streams import APPLICATION_FILE
from tests.lines import collected

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api import Api

LINE = {
    "time": "2026-11-26T03:00:01.500+00:00",
    "event": "http.request",
    "company_id": "acme",
    "user_id": "olive",
    "gate": "let_in",
    "units": 2,
    "duration_ms": 250.0,
}
AT = 1_795_662_001_500_000


def _written(folder: Path, *lines: dict[str, Any], file: str = APPLICATION_FILE) -> None:
    (folder / file).write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def test_a_request_began_so_long_before_its_line_and_companies_are_told_apart(tmp_path: Path) -> None:
    _written(tmp_path, LINE, LINE | {"company_id": "rival"})

    one = [Request(AT - 250_000, AT, "olive", 2)]
    assert traffic.by_company(folder=tmp_path, of=None) == {"acme": one, "rival": one}


def test_they_come_in_the_order_in_which_they_came_from_older_files_as_well(tmp_path: Path) -> None:
    _written(tmp_path, LINE | {"duration_ms": 2_000.0}, LINE)
    _written(tmp_path, LINE | {"time": "2026-11-26T02:59:00.000+00:00"}, file=f"{APPLICATION_FILE}.1")

    found = traffic.by_company(folder=tmp_path, of=None)["acme"]
    assert [each.at for each in found] == [AT - 61_500_000 - 250_000, AT - 2_000_000, AT - 250_000]


def test_what_the_gate_has_not_counted_is_left_out(tmp_path: Path) -> None:
    without = {name: value for name, value in LINE.items() if name != "units"}
    refused = LINE | {"gate": "denied_company", "user_id": "rita"}
    shadowed = LINE | {"gate": "shadowed_company", "user_id": "sam"}
    others = (LINE | {"gate": "ended_session"}, LINE | {"event": "http.slow_request"})
    _written(tmp_path, without, *others, refused, shadowed)

    assert [each.who for each in traffic.by_company(folder=tmp_path, of=None)["acme"]] == ["rita", "sam"]


def test_of_one_company_nothing_of_another_is_kept(tmp_path: Path) -> None:
    _written(tmp_path, LINE, LINE | {"company_id": "rival"})

    assert set(traffic.by_company(folder=tmp_path, of="acme")) == {"acme"}


def test_it_reads_the_lines_that_requests_really_leave(acme: Api, tmp_path: Path) -> None:
    with collected("novapulse.http") as lines:
        acme.get("/tasks?q=milk")
        acme.post("/projects", {"key": "APP", "name": "App"})
    _written(tmp_path, *lines.taken())

    assert [each.units for each in traffic.by_company(folder=tmp_path, of=None)[acme.company["id"]]] == [5, 2]
