"""`manage.py routes`: every route, who may call it and what it costs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Column, Table

from apps.auth.api import Role
from apps.operations.domain import routes
from novapulse.tables import as_text
from novapulse.web.commands import Answer, OperatorCommand

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from apps.operations.domain.routes import Route


class Command(OperatorCommand):
    """List all routes of the API: what each does, its permission, who may, what it costs, how long it may take.

    Asks no store. Who may is by role; where `keys` says so an API key may as well, in the role of its member; `anybody`
    needs no credential. The cost is a class: a read is 1 unit, a write 2, a search 5, an export 20; a list is a read,
    or with `q` a search; batches and uploads pay by their size as well. The pages of the admin are not among them.
    """

    help = "List all routes with permission, who may, cost and deadline."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what narrows the list, and `--json`."""
        parser.add_argument(
            "--permission", metavar="WORD", help="Only of this permission, or of this area, such as tasks."
        )
        parser.add_argument("--path", metavar="TEXT", help="Only those whose path contains this.")
        parser.add_argument("--json", action="store_true", help="Print JSON instead of a table.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """List them; none is an answer as well."""
        found = [
            route
            for route in routes.routes()
            if _is_of(route, options["permission"]) and (options["path"] or "") in route.path
        ]
        anybody = sum(route.is_for_anybody for route in found)
        conclusion = f"{len(found)} routes, {anybody} of them for anybody."
        text = (as_text(_table(found)) if found else "") + conclusion
        self.stdout.write(Answer(text, [asdict(route) for route in found]).told(options))


def _is_of(route: Route, wanted: str | None) -> bool:
    word = route.permission or ""
    return wanted is None or wanted in {word, word.partition(".")[0]}


def _table(found: list[Route]) -> Table:
    path = Column("Path", no_wrap=True)
    rest = ("Operation", "Permission", "Who may", "Keys", "Cost", "Within")
    table = Table("Method", path, *rest, box=None, pad_edge=False)
    for route in found:
        row = (route.method, route.path, route.operation, route.permission or "-", _who_may(route))
        keys = "yes" if route.is_for_keys else "-"
        table.add_row(*row, keys, route.cost or "-", f"{route.timeout_ms / 1000:g} s")
    return table


def _who_may(route: Route) -> str:
    if route.is_for_anybody:
        return "anybody"
    return "all roles" if len(route.roles) == len(Role) else " ".join(route.roles)
