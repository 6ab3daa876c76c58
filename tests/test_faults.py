"""The fault kit does what it says: a proof by a fault that was none would prove nothing."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from novapulse.local.guard import guarding
from novapulse.local.private import running_services
from novapulse.local.redis import REDIS
from tests.faults import frozen, kill_server, listens, quickest_seconds_of, server_of
from tests.faults.proxy import proxied
from tests.faults.replicas import replica_set

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.proxy import Proxy
    from tests.faults.replicas import Member


@pytest.fixture(scope="module")
def echo_port() -> Iterator[int]:
    """Give a server that says again whatever it hears."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_echo_all, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]


def _echo_all(listener: socket.socket) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_echo, args=(client,), daemon=True).start()


def _echo(client: socket.socket) -> None:
    with closing(client):
        while heard := client.recv(1024):
            client.sendall(heard)


@pytest.fixture
def proxy(echo_port: int) -> Iterator[Proxy]:
    with proxied(echo_port) as running:
        yield running


@contextmanager
def connected(proxy: Proxy) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=20) as client:
        yield client


def said(client: socket.socket, words: bytes) -> bytes:
    client.sendall(words)
    return client.recv(1024)


def test_a_proxy_hands_on_both_ways(proxy: Proxy) -> None:
    with connected(proxy) as client:
        assert [said(client, words) for words in (b"one", b"two")] == [b"one", b"two"]


def test_a_proxy_that_refuses_resets_what_is_open_and_takes_nothing_new(proxy: Proxy) -> None:
    with connected(proxy) as client:
        assert said(client, b"one") == b"one"
        proxy.refuses()
        with pytest.raises(ConnectionError):
            said(client, b"two")
    with pytest.raises(ConnectionRefusedError), connected(proxy):
        pass

    proxy.passes()
    with connected(proxy) as client:
        assert said(client, b"three") == b"three"


def test_a_black_hole_takes_everything_and_gives_it_on_when_it_ends(proxy: Proxy) -> None:
    with connected(proxy) as before:
        assert said(before, b"one") == b"one"
        proxy.swallows()
        with connected(proxy) as within:
            for client in (before, within):
                client.settimeout(0.1)
                with pytest.raises(TimeoutError):
                    said(client, b"held")
                client.settimeout(20)
            proxy.passes()
            assert [before.recv(1024), within.recv(1024)] == [b"held", b"held"]


def test_a_slow_proxy_is_late_by_what_it_was_told(proxy: Proxy) -> None:
    with connected(proxy) as client:
        assert quickest_seconds_of(lambda: said(client, b"one")) < 0.2
        proxy.slows(200)
        assert quickest_seconds_of(lambda: said(client, b"two")) >= 0.2


def test_a_proxy_resets_in_the_middle_of_an_answer(proxy: Proxy) -> None:
    proxy.resets(after_bytes=4)
    with connected(proxy) as client:
        assert said(client, b"123") == b"123"
        client.sendall(b"456")
        assert client.recv(1024) == b"4"
        with pytest.raises(ConnectionResetError):
            client.recv(1024)


def test_a_half_closed_connection_takes_requests_and_gives_no_answer(proxy: Proxy) -> None:
    with connected(proxy) as client:
        assert said(client, b"one") == b"one"
        proxy.half_closes()
        assert client.recv(1024) == b""
        client.sendall(b"two")


@pytest.mark.servers
def test_a_server_is_frozen_and_killed_by_its_url() -> None:
    with running_services(wanted=[REDIS]) as urls:
        url, port = urls["REDIS_URL"], int(urls["REDIS_URL"].rpartition(":")[2].partition("/")[0])
        with socket.create_connection(("127.0.0.1", port), timeout=0.2) as client:
            assert said(client, b"PING\r\n") == b"+PONG\r\n"
            with frozen(server_of(url)), pytest.raises(TimeoutError):
                said(client, b"PING\r\n")
            assert client.recv(1024) == b"+PONG\r\n"
        kill_server(url)
        assert not listens(url)


@pytest.mark.servers
@pytest.mark.timeout(180)
def test_a_replica_set_loses_its_primary_with_what_it_alone_had_and_heals(tmp_path: Path) -> None:
    with guarding(tmp_path) as guard, replica_set(tmp_path, guard=guard) as replicas:
        before = replicas.primary()
        with MongoClient[dict[str, Any]](replicas.url, w=3) as client:
            client.test.kept.insert_one({})
        with ThreadPoolExecutor(1) as pool:
            lost = pool.submit(replicas.lose_primary, alone_seconds=1.0)
            written = _written_to(before)
            after = lost.result()
        replicas.heal()
        with MongoClient[dict[str, Any]](replicas.url) as client:
            assert client.test.kept.count_documents({}) == 1
            assert client.test.written.count_documents({}) < written

    assert after is not before


def _written_to(primary: Member) -> int:
    """Write until the primary is gone; tell how many writes it alone has acknowledged."""
    written = 0
    alone = MongoClient[dict[str, Any]](primary.address, directConnection=True, w=1, retryWrites=False)
    with alone as client, suppress(PyMongoError):
        while True:
            client.test.written.insert_one({})
            written += 1
    return written
