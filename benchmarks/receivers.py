"""Prints what happens to each kind of server that a webhook may be sent to, on real sockets.

Run as `python -m benchmarks.receivers`; it needs no stores. The caps are those of webhooks.
"""

from __future__ import annotations

import time
from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from rich.table import Table

from novapulse.outgoing.destination import Policy
from novapulse.outgoing.exchange import Caps, ExchangeFailed, Sender
from novapulse.tables import as_text
from tests import faults, receivers
from tests.receivers import receiver, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from novapulse.outgoing.addresses import Address

# 127.0.0.2 stands for the public internet, 127.0.0.1 for our own network.
_PUBLIC, _OURS = "127.0.0.2", "127.0.0.1"
_SENDER = Sender(Policy(schemes=("http",), networks=(ip_network(f"{_PUBLIC}/32"),)), caps=Caps())
_BODY = b'{"type":"webhook.test"}'

Row = tuple[str, str, float, int]


def main() -> None:
    """Send to each of them and print what came of it."""
    with receiver(says(200, b"secret"), host=_OURS) as inside:
        rows = list(_rows(inside))
        table = Table(title="What happened to each receiver, and how much of our own network heard")
        for name in ("receiver", "came of it", "seconds", "bytes that it got rid of"):
            table.add_column(name, justify="left" if name in {"receiver", "came of it"} else "right")
        for what, outcome, seconds, sent in rows:
            table.add_row(what, outcome, f"{seconds:.2f}", f"{sent:,}")
        print(as_text(table))
        print(f"requests that reached our own network: {len(inside.requests)}")


def _rows(inside: receivers.Receiver) -> Iterator[Row]:
    ways = {
        "is well": says(204),
        "fails": says(503),
        "redirects to our own network": says(307, Location=inside.url),
        "hangs": receivers.hangs,
        "drips its headers": receivers.drips,
        "drips its body": receivers.drips_the_body,
        "has a body of 10 GB": receivers.floods,
        "has a body that unpacks twice": receivers.bombs,
        "does not speak HTTP": receivers.babbles,
        "hangs up": receivers.hangs_up,
    }
    for name, way in ways.items():
        with receiver(way, host=_PUBLIC) as there:
            yield _row(name, there.url, there)
    yield _row("is not there", f"http://{_PUBLIC}:{faults.refusing_port()}/")
    yield _row("is in our own network", inside.url)
    yield from _rebinding(inside)


def _rebinding(inside: receivers.Receiver) -> Iterator[Row]:
    """Send to a name that means a public address at the first look and ours at every later one."""
    meanings = iter((_PUBLIC, _OURS))

    def resolve(_name: str, _seconds: float) -> list[Address]:
        return [ip_address(next(meanings))]

    url, sender = f"http://hooks.example:{inside.port}/", replace(_SENDER, resolve=resolve)
    yield _row("its name is bound anew: nobody was at the address that was checked", url, sender=sender)
    yield _row("its name is bound anew: the next attempt", url, sender=sender)


def _row(name: str, url: str, there: receivers.Receiver | None = None, *, sender: Sender = _SENDER) -> Row:
    started = time.monotonic()
    try:
        reply = sender.post(url, body=_BODY, headers={})
        outcome = f"{reply.status}, {len(reply.body)} bytes read"
    except ExchangeFailed as failed:
        outcome = failed.word
    return name, outcome, time.monotonic() - started, 0 if there is None else there.sent


if __name__ == "__main__":
    main()
