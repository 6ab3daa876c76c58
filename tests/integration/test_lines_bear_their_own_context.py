"""Two companies on the same threads: no line says that it is the other's (`tests.prove interleaving`: 20,000)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.interleaving import interleaved

if TYPE_CHECKING:
    from tests.api import Api

REQUESTS = 402


def test_requests_of_two_companies_and_of_nobody_in_turn_leave_no_line_with_anothers_context(
    acme: Api, rival: Api
) -> None:
    seen = interleaved({"acme": acme, "rival": rival}, requests=REQUESTS)

    assert seen.requests == {"acme": REQUESTS // 3, "rival": REQUESTS // 3, "nobody": REQUESTS // 3}
    assert seen.lines > 2 * REQUESTS
    assert seen.wrong == []
