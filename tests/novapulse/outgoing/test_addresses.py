"""Which addresses are public, and which only look so."""

from ipaddress import IPv4Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novapulse.outgoing import addresses

INSIDE = [
    "0.0.0.0",  # noqa: S104  an address to refuse
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::a00:1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("text", INSIDE)
def test_what_leads_inside_is_not_public(text: str) -> None:
    assert not addresses.is_public(ip_address(text))


@pytest.mark.parametrize("text", ["1.1.1.1", "8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001::8a"])
def test_what_everybody_reaches_is_public(text: str) -> None:
    assert addresses.is_public(ip_address(text))


@given(st.ip_addresses(v=4))
def test_no_way_of_wrapping_an_address_makes_it_public(inner: IPv4Address) -> None:
    number = int(inner)
    wrapped = [f"::ffff:{inner}", f"::{inner}", f"64:ff9b::{inner}", f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1"]

    assert [text for text in wrapped if addresses.is_public(ip_address(text))] == []


def test_a_network_that_is_allowed_is_allowed_alone() -> None:
    networks = (ip_network("127.0.0.0/8"),)

    allowed = [
        text
        for text in ("127.0.0.1", "10.0.0.1", "8.8.8.8")
        if addresses.is_allowed(ip_address(text), networks=networks)
    ]

    assert allowed == ["127.0.0.1", "8.8.8.8"]


def test_a_name_is_no_address() -> None:
    assert [addresses.parsed(text) for text in ("example.com", "0x7f000001", "127.1", "2130706433", "")] == [None] * 5
    assert addresses.parsed("::1") == ip_address("::1")
