"""Where a request is to go: a URL that a stranger has written down, taken apart and found to be harmless in itself.

Whether its name leads somewhere harmless is another question, asked with each request (`resolving`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from novapulse.outgoing import addresses

if TYPE_CHECKING:
    from collections.abc import Collection

    from novapulse.outgoing.addresses import Network

_PORTS: Final = {"http": 80, "https": 443}
_FIRST_HIGH_PORT: Final = 1024  # below it are mail, SSH and the like, which must not hear from us
_VISIBLE: Final = re.compile(r"[!-~]+", re.ASCII)  # no blank, no control character, nothing to be encoded by guessing
_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_NAME: Final = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}", re.ASCII)
_NAME_MAX: Final = 253  # RFC 1035, 2.3.4
_NUMBER: Final = re.compile(r"\d+|0[xX][0-9A-Fa-f]*", re.ASCII)


class BadDestination(ValueError):  # noqa: N818  named after what it is, as all of the house's errors
    """The URL is none that we would send anything to; its sentence says why."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A URL's parts: `host` is a name or a literal address without brackets, `target` the path with the query."""

    is_encrypted: bool
    host: str
    port: int
    target: str


@dataclass(frozen=True, slots=True)
class Policy:
    """What we talk to: by which schemes (of http and https), and in which networks besides the public internet."""

    schemes: Collection[str] = ("https",)
    networks: tuple[Network, ...] = ()


def read(url: str, *, policy: Policy) -> Destination:
    """Take a URL apart; raise BadDestination for one that no request may go to.

    Refused are other schemes, credentials in the URL, fragments, names that are not ASCII (write them in punycode),
    numbers that some libraries read as an address (`0x7f.1`), ports below 1024 but 80 and 443, addresses that are not
    public.
    """
    if _VISIBLE.fullmatch(url) is None:
        raise BadDestination("Only visible ASCII characters; encode others by % or punycode.")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError as error:
        raise BadDestination("Not a URL.") from error
    if parts.scheme not in policy.schemes:
        raise BadDestination(f"Not a URL of {' or '.join(policy.schemes)}.")
    if "@" in parts.netloc or "\\" in url:
        raise BadDestination("No user, no password, no backslash.")
    if "#" in url:
        raise BadDestination("No fragment: it is not sent.")
    port = _PORTS[parts.scheme] if port is None else port
    if port < _FIRST_HIGH_PORT and port not in _PORTS.values():
        raise BadDestination("Port 80, 443, or one from 1024 on.")
    _check_host(host, policy=policy)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(parts.scheme == "https", host, port, target)


def _check_host(host: str, *, policy: Policy) -> None:
    address = addresses.parsed(host)
    if address is not None:
        if not addresses.is_allowed(address, networks=policy.networks):
            raise BadDestination("Not a public address.")
    elif _NAME.fullmatch(host) is None or len(host) > _NAME_MAX:
        raise BadDestination("Not a host name.")
    elif _NUMBER.fullmatch(host.rpartition(".")[2]):
        raise BadDestination("Neither a host name nor an address in four decimal numbers.")
