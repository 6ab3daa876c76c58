"""What the service tells about itself: nothing of anybody's values, and of each request in its own context alone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from django.test import override_settings

from tests.api import Api
from tests.canaries.flight import flown
from tests.interleaving import interleaved
from tests.prove import people
from tests.prove.proof import Claim, Proof

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.prove.proof import Row
    from tests.prove.world import World


_IN_THIS_PROCESS: Final = override_settings(ALLOWED_HOSTS=["testserver"])  # as Django's own runner of tests has it


def canaries(world: World) -> Iterator[Row]:
    """Send canaries through every field of every route, at DEBUG with every query told of, and look for them."""
    with _IN_THIS_PROCESS:
        reports = [flown() for _ in range(world.size.flights)]
    count = sum(report.count for report in reports)
    answers = sum((report.statuses for report in reports), Counter[int]())
    for name in reports[0].told:
        seen = set().union(*(report.seen[name] for report in reports))
        told = sum(report.told[name] for report in reports)
        claim = Claim(f"canaries and secrets in {name}", "lists of what may be said", "0")
        figure = f"{len(seen)} in {told}; {answers.total()} requests{_some(seen)}"
        yield claim.row(figure, count=count, held=not seen and told > 0)


def _some(seen: set[str]) -> str:
    return f"; such as {sorted(seen)[:3]}" if seen else ""


def interleaving(world: World) -> Iterator[Row]:
    """Send requests of two companies and of nobody in turn on the same threads, and hold each line to its context."""
    requests = world.size.interleaved
    with _IN_THIS_PROCESS:
        seen = interleaved({"acme": _owner(), "rival": _owner()}, requests=requests)
    claim = Claim("lines with another's context", "one trail per request", "0")
    is_whole = seen.requests.total() == requests and seen.lines > requests
    figure = f"{len(seen.wrong)} of {seen.lines} lines"
    yield claim.row(figure, count=requests, held=not seen.wrong and is_whole)


def _owner() -> Api:
    caller = people.found().owner
    return Api(caller.token, caller.refresh_token, caller.email)


PROOFS = (
    Proof("canaries", canaries, needs=("templates", "tracebacks", "methods")),
    Proof("interleaving", interleaving, needs=("context-reset",)),
)
