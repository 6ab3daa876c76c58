"""Tables as text."""

from rich.table import Table

from novapulse.tables import as_text


def test_long_cells_are_whole_when_there_is_no_terminal() -> None:
    table = Table("Name", box=None)
    table.add_row("x" * 150)

    assert "x" * 150 in as_text(table)


def test_cells_are_shown_as_they_are() -> None:
    table = Table("Name", box=None)
    table.add_row("[red]Acme[/red]")

    assert "[red]Acme[/red]" in as_text(table)
