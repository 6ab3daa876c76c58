"""What can be wrong with a value: one line that names the variable and what was expected, and quotes neither."""

from __future__ import annotations

from novapulse.errors import Invalid


class Unreadable(Invalid):
    """The value of a setting cannot be read."""

    def __init__(self, variable: str, expected: str) -> None:
        """Take the variable's name and what its value should have been or done."""
        super().__init__(f"{variable} cannot be read: expected {expected}.")


class Unencryptable(Invalid):
    """The value of a setting cannot be encrypted."""

    def __init__(self, variable: str, expected: str) -> None:
        """Take the variable's name and what should have been there."""
        super().__init__(f"{variable} cannot be encrypted: expected {expected}.")
