"""An answer that has not changed: GET with If-None-Match (304) against the plain GET of the same task (200)."""

from __future__ import annotations

from http import HTTPStatus

from benchmarks import sides
from benchmarks.load import Call
from novapulse.local.private import running_services

_CALLS = 50


def main() -> None:
    """Seed, serve, read the ETags, measure both in turns."""
    with running_services() as urls:
        sides.take_up(urls)
        from benchmarks import seed  # noqa: PLC0415  once the addresses are known

        tokens = seed.companies_with_tasks(_CALLS)
        with sides.served("config.wsgi:application") as (port, pid):
            plain, conditional = [], []
            for token in tokens:
                given = {"Authorization": f"Bearer {token}"}
                tasks, _ = sides.answer(port, Call("/api/v1/tasks?limit=1", given))
                path = f"/api/v1/tasks/{tasks['data'][0]['id']}"
                _, headers = sides.answer(port, Call(path, given))
                plain.append(Call(path, given))
                given = {**given, "If-None-Match": headers["etag"]}
                conditional.append(Call(path, given, HTTPStatus.NOT_MODIFIED))
            both = {"304": sides.Side(port, pid, conditional), "200": sides.Side(port, pid, plain)}
            sides.compare(sides.measured(both))


if __name__ == "__main__":
    main()
