"""No value of a client's, and no secret of ours, gets into what the service tells about itself.

`python -m tests.prove canaries` does the same several times over, and prints the figures.
"""

from __future__ import annotations

import pytest

from tests.canaries.aviary import Aviary
from tests.canaries.flight import flown


@pytest.mark.usefixtures("queues")
def test_canaries_through_every_field_of_every_route_show_nowhere() -> None:
    report = flown()

    assert report.seen == {name: set() for name in report.told}
    assert report.count > 3_000
    assert min(report.told.values()) > 0
    assert {200, 201, 202, 204, 400, 401, 404, 405, 413, 500} <= report.statuses.keys()


def test_a_canary_that_shows_is_seen() -> None:
    aviary = Aviary()
    canary = aviary.canary()
    aviary.learn("eyJ.a-token.of-ours")

    assert aviary.seen_in(f'{{"title":"{canary.upper()}"}} ... eyJ.a-token.of-ours') == {
        canary.upper(),
        "eyJ.a-token.of-ours",
    }
    assert aviary.seen_in("CNRYTDCgbq, as it once stood in something sealed") == set()
