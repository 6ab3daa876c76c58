"""Requests to strangers on real sockets: to each of them happens what is said, and nothing worse to us."""

from __future__ import annotations

import http.client
import ssl
import time
from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

import pytest

from novapulse import context
from novapulse.outgoing.destination import Policy
from novapulse.outgoing.exchange import Caps, DestinationRefused, Reply, Sender, Unreached
from novapulse.outgoing.resolving import NameNotFound
from novapulse.resilience import deadline
from novapulse.telemetry import calls
from tests import authorities, faults, receivers
from tests.hearing import hearing
from tests.receivers import receiver, says

if TYPE_CHECKING:
    from pathlib import Path

    from novapulse.outgoing.addresses import Address

LOOPBACK = Policy(schemes=("https", "http"), networks=(ip_network("127.0.0.0/8"),))
SENDER = Sender(LOOPBACK, caps=Caps(connect_seconds=5, seconds=20, body_seconds=1))
HURRIED = Sender(LOOPBACK, caps=Caps(connect_seconds=1, seconds=1, body_seconds=1))
LATEST = 8  # seconds; a second is what the hurried one has, the rest is for a busy machine


def sent(url: str, *, sender: Sender = SENDER) -> Reply:
    return sender.post(url, body=b'{"a": 1}', headers={"webhook-id": "abc"})


def leading_to(*texts: str) -> Sender:
    """Look every name up as these addresses, one after the other, as a name server that rebinds does."""
    found = iter(texts)

    def resolve(_name: str, _seconds: float) -> list[Address]:
        return [ip_address(text) for text in next(found).split()]

    return replace(SENDER, resolve=resolve)


def word_of(url: str, *, sender: Sender = SENDER) -> str:
    with pytest.raises((Unreached, DestinationRefused)) as failed:
        sent(url, sender=sender)
    return failed.value.word


def test_a_request_arrives_whole_and_its_answer_comes_back() -> None:
    with receiver(says(201, b"thanks", X_Kind="yes")) as there:
        reply = sent(there.url + "?x=1")

    (request,) = there.requests
    assert (request.target, request.body, request.headers["webhook-id"]) == ("/in?x=1", b'{"a": 1}', "abc")
    assert request.headers["host"] == f"127.0.0.1:{there.port}"
    assert (reply.status, reply.body, reply.headers["x-kind"]) == (201, b"thanks", "yes")


def test_a_request_names_the_call_that_has_caused_it() -> None:
    trail = context.begin_request("request-1", traceparent=f"00-{'a' * 32}-{'b' * 16}-01")
    with receiver(says(200)) as there, hearing(calls.HTTP) as heard:
        sent(there.url)

    (request,), (call,) = there.requests, heard
    assert request.headers["traceparent"] == f"00-{'a' * 32}-{call.span_id}-01"
    assert call.span_id not in {"", trail.span_id}


@pytest.mark.parametrize("status", [204, 400, 404, 410, 429, 500, 503])
def test_an_answer_of_any_status_is_an_answer(status: int) -> None:
    with receiver(says(status)) as there:
        assert sent(there.url).status == status


def test_a_redirect_to_our_own_network_is_an_answer_and_is_not_followed() -> None:
    with receiver(says(200, b"secret")) as inside, receiver(says(307, Location=inside.url)) as there:
        reply = sent(there.url)

    assert (reply.status, reply.body, inside.requests) == (307, b"", [])


def test_an_address_inside_is_refused_and_hears_nothing() -> None:
    with receiver(says(200)) as there:
        word = word_of(there.url, sender=Sender(Policy(schemes=("http",))))

    assert (word, there.requests) == ("destination-refused", [])


def test_a_name_that_leads_inside_is_refused_even_if_it_leads_outside_as_well() -> None:
    with receiver(says(200)) as there:
        url = f"http://hooks.example:{there.port}/in"
        words = [
            word_of(url, sender=leading_to(found)) for found in ("10.0.0.1", "127.0.0.1 169.254.169.254", "fd00::1")
        ]

    assert (words, there.requests) == (["address-refused"] * 3, [])


def test_a_name_that_is_bound_anew_between_the_look_and_the_connection_changes_nothing() -> None:
    """The server that may be reached and the one that may not share a port; looking twice would reach the latter."""
    only = Policy(schemes=("http",), networks=(ip_network("127.0.0.2/32"),))
    sender = replace(leading_to("127.0.0.2", "127.0.0.1"), policy=only)
    with receiver(says(200, b"outside"), host="127.0.0.2") as outside:
        url = f"http://hooks.example:{outside.port}/in"
        first = sent(url, sender=sender)
        second = word_of(url, sender=sender)

    assert (first.body, second) == (b"outside", "address-refused")
    assert outside.requests[0].headers["host"] == f"hooks.example:{outside.port}"


def test_the_next_address_is_tried_where_the_first_does_not_answer() -> None:
    with receiver(says(200), host="127.0.0.2") as there:
        assert sent(f"http://hooks.example:{there.port}/", sender=leading_to("127.0.0.3 127.0.0.2")).status == 200


def test_nobody_there_is_told_by_a_word() -> None:
    def nowhere(_name: str, _seconds: float) -> list[Address]:
        raise NameNotFound

    assert word_of(f"http://127.0.0.1:{faults.refusing_port()}/") == "connection-refused"
    assert word_of("http://hooks.example/", sender=replace(SENDER, resolve=nowhere)) == "name-not-found"
    with receiver(receivers.hangs_up) as there:
        assert word_of(there.url) in {"connection-failed", "malformed-answer"}
    with receiver(receivers.babbles) as there:
        assert word_of(there.url) == "malformed-answer"


def test_each_request_is_told_without_its_destination_by_its_word_or_the_family_of_its_status() -> None:
    with hearing(calls.HTTP) as heard, receiver(says(503)) as there:
        sent(there.url)
        word_of(f"http://127.0.0.1:{faults.refusing_port()}/")

    told = [(call.operation, call.target, call.error) for call in heard]
    assert told == [("POST", "", "5xx"), ("POST", "", "connection-refused")]


@pytest.mark.parametrize("way", [receivers.hangs, receivers.drips])
def test_a_server_that_hangs_or_drips_takes_no_longer_than_there_is_time(way: receivers.Answer) -> None:
    with receiver(way) as there:
        started = time.monotonic()
        word = word_of(there.url, sender=HURRIED)

    assert word == "timed-out"
    assert time.monotonic() - started < LATEST


def test_the_callers_deadline_counts_where_it_is_nearer() -> None:
    with receiver(receivers.hangs) as there, deadline.opened(0.5):
        assert faults.seconds_of(lambda: word_of(there.url)) < LATEST


@pytest.mark.parametrize("way", [receivers.drips_the_body, receivers.floods])
def test_a_body_without_an_end_costs_a_kilobyte_and_the_status_counts(way: receivers.Answer) -> None:
    with receiver(way) as there:
        started = time.monotonic()
        reply = sent(there.url)

    assert (reply.status, len(reply.body) <= 1024) == (200, True)
    assert time.monotonic() - started < LATEST
    assert there.sent < 64 * 1024 * 1024  # of ten gigabytes: what fits into the buffers of two sockets


def test_a_body_that_would_unpack_to_much_more_stays_packed() -> None:
    with receiver(receivers.bombs) as there:
        reply = sent(there.url)

    assert (reply.status, reply.body[:2], len(reply.body) <= 1024) == (200, b"\x1f\x8b", True)


def test_tls_is_verified_for_the_name_at_the_address_that_was_checked(tmp_path: Path) -> None:
    authority = authorities.Authority(tmp_path)
    with receiver(says(200), tls=authority.server("hooks.example")) as there:
        url = f"https://hooks.example:{there.port}/"
        trusting = replace(leading_to("127.0.0.1", "127.0.0.1"), tls=authority.client())
        reply = sent(url, sender=trusting)
        other = word_of(url.replace("hooks", "other"), sender=trusting)
        stranger = word_of(url, sender=leading_to("127.0.0.1"))

    assert (reply.status, other, stranger) == (200, "tls-failed", "tls-failed")
    assert [request.headers["host"] for request in there.requests] == [f"hooks.example:{there.port}"]


def test_a_server_that_hangs_before_tls_takes_no_longer_than_there_is_time() -> None:
    with faults.black_hole() as port:
        url = f"https://127.0.0.1:{port}/"
        assert faults.seconds_of(lambda: word_of(url, sender=HURRIED)) < LATEST


def test_a_plain_client_would_read_it_all() -> None:
    """The control: the flood is one."""
    with receiver(receivers.floods) as there:
        connection = http.client.HTTPConnection("127.0.0.1", there.port, timeout=20)
        connection.request("POST", "/in", b"")
        read = len(connection.getresponse().read(80 * 1024 * 1024))
        connection.close()

    assert read == 80 * 1024 * 1024


def test_our_own_context_verifies(tmp_path: Path) -> None:
    from novapulse.outgoing import exchange  # noqa: PLC0415  to look inside

    context = exchange._trusting()

    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
