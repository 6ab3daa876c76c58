"""One request to a stranger's server and what comes back, capped in time and in bytes.

1. The name is looked up once. Every address that it has must be allowed, or nothing is sent at all.
2. The connection goes to one of those very addresses: what the name means a moment later does not matter. TLS and
   `Host` have the name.
3. Nothing is followed, decoded, or kept for the next request: a redirect is an answer like any other.
4. Each read and write gets what is left of the time, so that a server that sends a byte now and then wins nothing. Of
   the body as much is read as the caps say; the status counts as soon as the headers are there.

Standard library HTTP/1.1 on a socket of our own: no library that we have connects to an address that was checked.
"""

from __future__ import annotations

import io
import socket
import ssl
from dataclasses import dataclass
from functools import cache
from http.client import HTTP_PORT, HTTPConnection, HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any, Final

from novapulse import clock, context
from novapulse.outgoing import addresses, destination, resolving
from novapulse.resilience import deadline
from novapulse.telemetry import calls

if TYPE_CHECKING:
    from collections.abc import Mapping

    from novapulse.outgoing.addresses import Address
    from novapulse.outgoing.destination import Destination, Policy
    from novapulse.outgoing.resolving import Resolve

_MOST_ADDRESSES: Final = 3  # that are tried: a name may have hundreds
_PORT_OF_TLS: Final = 443
_HUNDRED: Final = 100
_FAULTS: Final = {4: "4xx", 5: "5xx"}  # by the first digit of a status: strangers make up the others
_OUR_HEADERS: Final = {"Accept-Encoding": "identity", "Connection": "close"}

# What may happen on the way, the narrower kinds first, and the word for it.
_WORDS: Final[Mapping[type[Exception], str]] = {
    resolving.NameNotFound: "name-not-found",
    TimeoutError: "timed-out",
    ssl.SSLError: "tls-failed",
    ConnectionRefusedError: "connection-refused",
    OSError: "connection-failed",
    HTTPException: "malformed-answer",
    ValueError: "malformed-answer",
}


class ExchangeFailed(Exception):  # noqa: N818  named after what happened, as all of the house's errors
    """There was no answer; `word` says why, for programs."""

    def __init__(self, word: str) -> None:
        """Take the word."""
        super().__init__(word)
        self.word = word


class DestinationRefused(ExchangeFailed):
    """Nothing was sent, since it would have gone where nothing may go."""


class Unreached(ExchangeFailed):
    """Nobody was there, or they broke off: no name, no connection, no TLS, half an answer, no answer in time."""


@dataclass(frozen=True, slots=True)
class Caps:
    """How long and how much: to connect, for everything, for the body beyond the headers, of the body."""

    connect_seconds: float = 3.0
    seconds: float = 10.0
    body_seconds: float = 2.0
    body_bytes: int = 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; `body` may be cut off."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends POST requests to strangers.

    resolve: what looks names up. tls: what verifies the stranger's chain and name; the trusted authorities of this
    machine, unless told otherwise.
    """

    policy: Policy
    caps: Caps = Caps()
    resolve: Resolve = resolving.by_dns
    tls: ssl.SSLContext | None = None

    def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send a request and give the answer, whatever its status; an earlier deadline of the caller counts.

        Raises DestinationRefused, and then nothing was sent; Unreached.
        """
        with calls.telling(calls.HTTP, "POST") as call:  # no target: strangers are too many to be told apart
            call.span_id = context.new_span_id()
            try:
                reply = self._posted(url, body=body, headers={**_caused_by(call.span_id), **headers})
            except ExchangeFailed as failed:
                call.error = failed.word
                raise
            call.error = _FAULTS.get(reply.status // _HUNDRED, "")
        return reply

    def _posted(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Reply:
        try:
            wanted = destination.read(url, policy=self.policy)
        except destination.BadDestination as error:
            raise DestinationRefused("destination-refused") from error
        time = _Time(deadline.remaining(self.caps.seconds))
        try:
            found = self._looked_up(wanted.host, time=time)
            with (
                self._connected(found, port=wanted.port, time=time) as plain,
                self._encrypted(plain, wanted, time=time) as channel,
            ):
                return self._asked(_Wire(channel, time), wanted, body=body, headers=headers)
        except tuple(_WORDS) as error:
            raise Unreached(next(word for kind, word in _WORDS.items() if isinstance(error, kind))) from error

    def _looked_up(self, host: str, *, time: _Time) -> list[Address]:
        literal = addresses.parsed(host)
        if literal is not None:
            return [literal]  # `destination.read` has looked at it
        found = self.resolve(host, time.left())
        if not found:
            raise resolving.NameNotFound
        if not all(addresses.is_allowed(each, networks=self.policy.networks) for each in found):
            raise DestinationRefused("address-refused")
        return found[:_MOST_ADDRESSES]

    def _connected(self, found: list[Address], *, port: int, time: _Time) -> socket.socket:
        """Connect to the first of the addresses that answers; the last error is the one that counts."""
        *others, last = ((str(address), port) for address in found)
        for place in others:
            try:
                return socket.create_connection(place, timeout=time.left(self.caps.connect_seconds))
            except OSError:
                continue
        return socket.create_connection(last, timeout=time.left(self.caps.connect_seconds))

    def _encrypted(self, plain: socket.socket, wanted: Destination, *, time: _Time) -> socket.socket:
        if not wanted.is_encrypted:
            return plain
        plain.settimeout(time.left())  # of the whole handshake
        return (self.tls or _trusting()).wrap_socket(plain, server_hostname=wanted.host)

    def _asked(self, wire: _Wire, wanted: Destination, *, body: bytes, headers: Mapping[str, str]) -> Reply:
        connection = HTTPConnection(wanted.host, wanted.port)
        connection.default_port = _PORT_OF_TLS if wanted.is_encrypted else HTTP_PORT  # which `Host` leaves out
        connection.sock = wire
        connection.request("POST", wanted.target, body, {**_OUR_HEADERS, **headers})
        response = connection.getresponse()
        wire.time.shorten(self.caps.body_seconds)
        return Reply(response.status, _headers(response), _beginning(response, most=self.caps.body_bytes))


def _caused_by(span_id: str) -> dict[str, str]:
    traceparent = context.traceparent(span_id)
    return {} if traceparent is None else {"traceparent": traceparent}


class _Time:
    """What is left of the time; asking when nothing is raises TimeoutError."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = clock.monotonic() + seconds

    def left(self, at_most: float = float("inf")) -> float:
        left = self._ends_at - clock.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, at_most)

    def shorten(self, seconds: float) -> None:
        self._ends_at = min(self._ends_at, clock.monotonic() + seconds)


class _Wire:
    """A socket as http.client uses it, on which nothing takes longer than the time that is left."""

    def __init__(self, channel: socket.socket, time: _Time) -> None:
        self.time = time
        self._socket = channel

    def sendall(self, data: bytes) -> None:
        self._socket.settimeout(self.time.left())  # of all of it
        self._socket.sendall(data)

    def receive(self, buffer: Any) -> int:  # noqa: ANN401  typing has no name for a writable buffer before 3.12
        self._socket.settimeout(self.time.left())
        return self._socket.recv_into(buffer)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Received(self))

    def close(self) -> None:
        """Stay open: http.client closes what it goes on reading from."""


class _Received(io.RawIOBase):
    """What comes in on a wire."""

    def __init__(self, wire: _Wire) -> None:
        super().__init__()
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  as above
        return self._wire.receive(buffer)


def _headers(response: HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}


def _beginning(response: HTTPResponse, *, most: int) -> bytes:
    """Read as much of the body as is wanted and comes in time; how it goes on does not matter to the status."""
    read = b""
    try:
        while len(read) < most and (more := response.read1(most - len(read))):
            read += more
    except (OSError, HTTPException, ValueError):
        return read
    return read


@cache
def _trusting() -> ssl.SSLContext:
    """Make the TLS context once: reading the trusted authorities takes long. It verifies chain and name."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
