"""What MongoDB says of a credential, asked by one at a time and remembered for half a second."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final

from novapulse import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from novapulse.gate.decision import Credential, Truth

REMEMBERED_SECONDS: Final = 0.5  # with the half second in which a change is heard of, below the second that is promised
_MOST: Final = 10_000
_Key = tuple[str, str, int, int]


class Truths:
    """Asks the loader; requests that want to know the same at the same time wait for one answer."""

    def __init__(self, load: Callable[[Credential], Truth]) -> None:
        """Take the loader, which raises where MongoDB is away."""
        self._load = load
        self._lock = threading.Lock()
        self._flights: dict[_Key, Future[Truth]] = {}
        self._remembered: OrderedDict[_Key, tuple[float, Truth]] = OrderedDict()

    def fresh(self, credential: Credential) -> Truth:
        """Read it now; raise what the loader raises."""
        key = _key(credential)
        with self._lock:
            flight = self._flights.get(key)
            leads = flight is None
            if flight is None:
                flight = self._flights[key] = Future()
        if leads:
            self._fly(flight, key=key, credential=credential)
        return flight.result()

    def recent(self, credential: Credential) -> Truth:
        """Give what was read within the last half second, else read it; raise what the loader raises."""
        with self._lock:
            found = self._remembered.get(_key(credential))
        if found is not None and clock.monotonic() - found[0] < REMEMBERED_SECONDS:
            return found[1]
        return self.fresh(credential)

    def forget(self) -> None:
        """Forget all: something has changed."""
        with self._lock:
            self._remembered.clear()

    def _fly(self, flight: Future[Truth], *, key: _Key, credential: Credential) -> None:
        asked_at = clock.monotonic()
        try:
            truth = self._load(credential)
        except BaseException as error:  # noqa: BLE001  handed on to everybody who waits; `result` raises it here too
            self._land(key)
            flight.set_exception(error)
        else:
            self._land(key, remembered=(asked_at, truth))
            flight.set_result(truth)

    def _land(self, key: _Key, *, remembered: tuple[float, Truth] | None = None) -> None:
        with self._lock:
            del self._flights[key]
            if remembered is not None:
                self._remembered[key] = remembered
                self._remembered.move_to_end(key)
                if len(self._remembered) > _MOST:
                    self._remembered.popitem(last=False)


def _key(credential: Credential) -> _Key:
    """Name what is asked: with the versions, since what was read before they came to be knows nothing of them."""
    shown = (credential.company_version, credential.membership_version)
    return (credential.membership_id, credential.credential_id, *shown)
