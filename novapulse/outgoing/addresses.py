"""Which addresses a stranger may have us talk to: public ones, and no other.

Sources: the special-purpose registries of IANA (RFC 6890), as `ipaddress` has them, and on top of those what is public
by the registry and leads inside all the same: IPv6 that carries an IPv4 address, which a gateway would unwrap
(RFC 4291, 4380, 6052, 3056), and the host of a cloud that answers its guests on a public address.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_REFUSED: Final[tuple[Network, ...]] = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",  # carrier-grade NAT, and metadata in some clouds
            "127.0.0.0/8",
            "168.63.129.16/32",  # Azure's host, to every guest
            "169.254.0.0/16",  # link-local, and metadata in most clouds
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",
            "198.18.0.0/15",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/96",  # IPv4-compatible; the unspecified address and loopback are in it
            "::ffff:0:0/96",  # IPv4-mapped
            "64:ff9b::/96",  # NAT64
            "64:ff9b:1::/48",  # NAT64, local
            "100::/64",
            "2001::/23",  # Teredo among others
            "2002::/16",  # 6to4
            "3fff::/20",
            "5f00::/16",
            "fc00::/7",  # unique local, and metadata of AWS
            "fe80::/10",
            "fec0::/10",
            "ff00::/8",
        ),
    )
)


def parsed(text: str) -> Address | None:
    """Read a literal address; None where the text is a name."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Tell whether the address is one of the public internet."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address in network for network in _REFUSED)


def is_allowed(address: Address, *, networks: Iterable[Network] = ()) -> bool:
    """Tell whether the address is public, or in one of the networks that are allowed all the same."""
    return is_public(address) or any(address in network for network in networks)
