"""Free ports on 127.0.0.1."""

import secrets
import socket
from collections.abc import Collection

from novapulse.local.errors import LocalServiceError

HOST = "127.0.0.1"
# Below the range that the kernel gives to outgoing connections (32768 up): one of those cannot take a port meanwhile.
_FIRST = 20_000
_LAST = 32_000
_TRIES = 100


def is_free(port: int) -> bool:
    """Say whether a server could listen on `port` now; connections that linger from an earlier one do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port(*, preferred: int | None = None, taken: Collection[int] = ()) -> int:
    """Return `preferred` when it is free, else a random free port that is not in `taken`.

    Raises LocalServiceError when a hundred tries find none.
    """
    if preferred is not None and preferred not in taken and is_free(preferred):
        return preferred
    for _ in range(_TRIES):
        port = _FIRST + secrets.randbelow(_LAST - _FIRST)
        if port not in taken and is_free(port):
            return port
    raise LocalServiceError(f"No free port was found on {HOST} between {_FIRST} and {_LAST}.")
