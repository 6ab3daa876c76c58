"""Names into addresses, within the time that there is: by DNS alone, and never by `/etc/hosts` or a search list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dns.exception
import dns.resolver

from novapulse.outgoing import addresses

if TYPE_CHECKING:
    from collections.abc import Callable

    from novapulse.outgoing.addresses import Address

    Resolve = Callable[[str, float], list[Address]]


class NameNotFound(Exception):  # noqa: N818  named after what happened, as all of the house's errors
    """Nobody could tell in time where the name is."""


def by_dns(name: str, seconds: float, *, resolver: dns.resolver.Resolver | None = None) -> list[Address]:
    """Look a name up, its addresses of both families; raise NameNotFound.

    seconds: how long that may take, all servers and tries together. resolver: the one of `/etc/resolv.conf`, unless
    told otherwise.
    """
    try:
        asked = resolver or dns.resolver.get_default_resolver()
        found = asked.resolve_name(name, lifetime=seconds, search=False)
    except dns.exception.DNSException as error:
        raise NameNotFound from error
    return [address for text in found.addresses() if (address := addresses.parsed(text)) is not None]
