"""`manage.py build_docs`: the pages of docs/ that are made from the code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from apps.operations.domain import handbook
from novapulse.web.commands import OperatorCommand

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(OperatorCommand):
    """Write docs/configuration.md, docs/commands.md and .env.example from the settings and the commands themselves.

    What commands have printed is taken from docs/examples/commands, as `python -m tests.recording` has recorded it.
    With `--check` nothing is written; a stale page ends the command with exit code 1 and its name.
    """

    help = "Write the pages that are made from the code; --check only tells whether one is stale."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take `--check`."""
        parser.add_argument("--check", action="store_true", help="Write nothing; exit with 1 when a page is stale.")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401  Django declares it so
        """Compare, and write what is stale."""
        stale = [page for page in handbook.pages() if page.is_stale]
        names = ", ".join(page.path.name for page in stale)
        if options["check"] and stale:
            raise CommandError(f"Stale: {names}. Run `make docs`.")
        for page in stale:
            handbook.write(page)
        self.stdout.write(f"Done! Wrote {names}." if stale else "Nothing to do: every page is up to date.")
