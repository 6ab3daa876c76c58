"""The list of 25 tasks, authenticated: our endpoint against the floor, on the same server, data and tokens.

200 companies with 1,000 tasks each; the load goes round all of their tokens. Both sides run under granian with the
same options and are measured in turns. Run as `python -m benchmarks.lists`; it starts stores of its own and takes two
minutes.
"""

from __future__ import annotations

from contextlib import ExitStack

from benchmarks import sides
from benchmarks.load import Call
from novapulse.local.private import running_services

_PATH = "/api/v1/tasks"
_SIDES = {"our endpoint": "config.wsgi:application", "bare WSGI floor": "benchmarks.floor:application"}


def main() -> None:
    """Seed, serve both sides, check that they answer alike, measure in turns, print medians and their ratio."""
    with running_services() as urls, ExitStack() as servers:
        sides.take_up(urls)
        from benchmarks import seed  # noqa: PLC0415  once the addresses are known

        calls = [Call(_PATH, {"Authorization": f"Bearer {token}"}) for token in seed.companies_with_tasks()]
        both = {
            name: sides.Side(*servers.enter_context(sides.served(target)), calls) for name, target in _SIDES.items()
        }
        ours, floor = (sides.answer(side.port, calls[0])[0] for side in both.values())
        assert ours["data"] == floor, "both sides must give the same tasks"
        sides.compare(sides.measured(both))


if __name__ == "__main__":
    main()
