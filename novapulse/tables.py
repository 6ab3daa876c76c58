"""Tables and trees as text for the commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from rich.table import Table
    from rich.tree import Tree

_WIDTH_OFF_SCREEN = 160


def printable(text: str) -> str:
    """Take out what a terminal would obey: names and the like are written by customers."""
    return "".join(each if each.isprintable() else "?" for each in text)


def as_text(shown: Table | Tree) -> str:
    """Render a table or tree as wide as the terminal; wide enough for any row where there is none.

    Cells are shown as they are: brackets in the name of a company are no markup.
    """
    console = Console(markup=False)
    if not console.is_terminal:
        console.width = _WIDTH_OFF_SCREEN
    with console.capture() as capture:
        console.print(shown)
    return capture.get()
