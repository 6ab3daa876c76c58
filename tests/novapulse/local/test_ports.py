"""Free ports."""

import socket

import pytest

from novapulse.local import ports
from novapulse.local.errors import LocalServiceError
from novapulse.local.ports import free_port, is_free


def test_a_port_is_not_free_while_somebody_listens_on_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
        assert free_port(preferred=port) != port
    assert is_free(port)


def test_free_port_gives_the_preferred_one_unless_it_is_taken() -> None:
    port = free_port()
    assert free_port(preferred=port) == port
    assert free_port(preferred=port, taken=[port]) != port


def test_free_port_says_so_when_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setattr(ports, "_FIRST", port)
        monkeypatch.setattr(ports, "_LAST", port + 1)
        with pytest.raises(LocalServiceError, match="No free port"):
            free_port()
