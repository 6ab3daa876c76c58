"""Troubles of the tenants app."""

from __future__ import annotations

from novapulse.errors import Conflict, FieldError


class SlugTaken(Conflict):
    """The slug is taken; choose another."""

    code = "slug-taken"

    def __init__(self) -> None:
        """Point at the field of the signup that carries it."""
        sentence = "Another company has this slug."
        super().__init__(fields=(FieldError("/company_slug", self.code, sentence),))
