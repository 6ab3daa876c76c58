"""Names, asked of a real server that speaks DNS."""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager
from ipaddress import ip_address
from threading import Thread
from typing import TYPE_CHECKING

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from novapulse.outgoing.resolving import NameNotFound, by_dns

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDS = {"A": "93.184.215.14", "AAAA": "2606:4700:4700::1111"}


@contextmanager
def name_server(*, knows: str = "hooks.example.", answers: bool = True) -> Iterator[dns.resolver.Resolver]:
    """Answer about one name; give a resolver that asks here."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        if answers:
            Thread(target=_answer, args=(listener, knows), daemon=True).start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], listener.getsockname()[1]
        yield resolver


def _answer(listener: socket.socket, knows: str) -> None:
    while True:
        try:
            wire, sender = listener.recvfrom(4096)
        except OSError:
            return
        query = dns.message.from_wire(wire)
        response, question = dns.message.make_response(query), query.question[0]
        kind = dns.rdatatype.to_text(question.rdtype)
        if question.name.to_text() == knows:
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, RECORDS[kind]))
        else:
            response.set_rcode(dns.rcode.NXDOMAIN)
        listener.sendto(response.to_wire(), sender)


def test_a_name_has_addresses_of_both_families() -> None:
    with name_server() as resolver:
        assert sorted(by_dns("hooks.example", 10, resolver=resolver), key=str) == [
            ip_address("2606:4700:4700::1111"),
            ip_address("93.184.215.14"),
        ]


def test_a_name_that_nobody_knows_is_not_found() -> None:
    with name_server() as resolver, pytest.raises(NameNotFound):
        by_dns("nowhere.example", 10, resolver=resolver)


def test_a_name_server_that_never_answers_takes_no_longer_than_there_is_time() -> None:
    with name_server(answers=False) as resolver:
        started = time.monotonic()
        with pytest.raises(NameNotFound):
            by_dns("hooks.example", 0.5, resolver=resolver)

    assert time.monotonic() - started < 5  # the resolver's own patience would be more


def test_the_name_of_this_machine_is_not_looked_up_in_its_files() -> None:
    with name_server() as resolver, pytest.raises(NameNotFound):
        by_dns("localhost", 10, resolver=resolver)
