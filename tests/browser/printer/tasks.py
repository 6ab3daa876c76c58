"""A task that fails as tasks do: what it needs is not there."""

from __future__ import annotations

from pathlib import Path

from novapulse.tasks import task


@task(max_attempts=1)
def print_invoice(paper: str) -> None:
    """Print on the paper, which somebody has to put in first."""
    with Path(paper).open("r+", encoding="utf-8") as page:
        page.write("Printed.")
