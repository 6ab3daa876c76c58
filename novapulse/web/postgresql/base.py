"""Django's backend for PostgreSQL, which keeps the deadline of the request and leaves a server alone that is away.

Fails closed, with django.db's OperationalError as any backend does: at once while PostgreSQL's breaker is open, after
two seconds where nobody takes the connection, with the deadline where a statement is not answered. What a client is
told of it: `novapulse.web.postgres`.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import psycopg
from django.db.backends.postgresql import base
from pybreaker import STATE_OPEN

from novapulse.data import registry
from novapulse.resilience import deadline
from novapulse.resilience.breaker import CircuitOpen
from novapulse.web.postgresql import telling
from novapulse.web.postgresql.connection import PromptConnection

if TYPE_CHECKING:
    from novapulse.resilience.breaker import Breaker

_CHECK_SECONDS: Final = 2.0  # that a connection which has been idle is still good


class NotThere(psycopg.OperationalError):
    """No connection is to be had; nothing was asked."""


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection of Django's behind the breaker of the provider `postgresql`, which also sees what health sees."""

    Database = SimpleNamespace(**{**vars(psycopg), "connect": PromptConnection.connect})  # type: ignore[assignment]  # to Django a module, of which it takes names

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  Django's signature
        """Tell of every statement."""
        super().__init__(*arguments, **options)
        self.execute_wrappers.append(telling.told)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:  # noqa: ANN401  Django's signature
        """Connect, where the breaker lets it; raise NotThere."""
        try:
            return _breaker().call(super().get_new_connection, conn_params)
        except CircuitOpen as error:
            raise NotThere("PostgreSQL was not there, and is left alone for a while.") from error
        except psycopg.OperationalError as error:
            raise NotThere("PostgreSQL takes no connection.") from error

    def is_usable(self) -> bool:
        """Ask for an answer before the connection is used again; no, at once, while the breaker is open."""
        if _breaker().current_state == STATE_OPEN:
            return False
        with deadline.opened(_CHECK_SECONDS):
            return bool(super().is_usable())


def _breaker() -> Breaker:
    return registry.provider("postgresql").breaker
