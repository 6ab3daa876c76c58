from __future__ import annotations

import logging
import threading

from novapulse.telemetry.ring import Bounds, Item, Limits, Ring

DEBUG, INFO, ERROR = logging.DEBUG, logging.INFO, logging.ERROR


def item(at: float, severity: int = INFO, *, size_bytes: int = 10) -> Item:
    return Item(at, severity, size_bytes, at)


def ring(*items: Item, bounds: Bounds = Bounds(items=3, size_bytes=1_000)) -> Ring:  # noqa: B008  frozen
    filled = Ring(bounds)
    for each in items:
        filled.put(each)
    return filled


def contents(filled: Ring, limits: Limits = Limits()) -> list[float]:  # noqa: B008  frozen
    return [each.content for each in filled.take(limits)]


def test_what_waits_comes_out_oldest_first_whatever_its_severity() -> None:
    assert contents(ring(item(1), item(2, ERROR), item(3))) == [1, 2, 3]


def test_beyond_the_bound_the_oldest_of_the_lowest_severity_goes() -> None:
    full = ring(item(1, ERROR), item(2), item(3), item(4, ERROR), item(5))

    assert full.dropped == {INFO: 2}
    assert contents(full) == [1, 4, 5]


def test_errors_stay_when_nothing_but_chatter_comes() -> None:
    full = ring(*(item(at, ERROR) for at in (1, 2, 3)), *(item(at) for at in range(10, 20)))

    assert contents(full) == [1, 2, 3]
    assert full.dropped == {INFO: 10}


def test_the_bound_holds_for_bytes_too() -> None:
    full = ring(*(item(at, size_bytes=400) for at in (1, 2, 3)))

    assert (len(full), full.size_bytes, full.dropped) == (2, 800, {INFO: 1})


def test_a_batch_keeps_its_limits() -> None:
    waiting = ring(*(item(at, size_bytes=400) for at in range(10)), bounds=Bounds())

    assert contents(waiting, Limits(items=3)) == [0, 1, 2]
    assert contents(waiting, Limits(size_bytes=900)) == [3, 4]
    assert contents(waiting, Limits(span_seconds=3)) == [5, 6, 7, 8]
    assert contents(waiting, Limits(size_bytes=1)) == [9], "one at least, or it would wait for ever"


def test_a_whole_batch_is_seen() -> None:
    waiting = ring(item(1), item(2))

    assert waiting.fills(Limits(items=2))
    assert not waiting.fills(Limits(items=3))
    assert waiting.fills(Limits(size_bytes=20))


def test_what_is_given_back_stands_in_its_old_place_and_may_be_evicted() -> None:
    waiting = ring(item(1), item(2, ERROR), item(3))
    taken = waiting.take(Limits())
    waiting.put(item(4, ERROR))
    waiting.put(item(5))

    waiting.give_back(taken)

    assert contents(waiting) == [2, 4, 5]
    assert waiting.dropped == {INFO: 2}


def test_putting_in_never_waits_for_whoever_sorts() -> None:
    waiting = ring(bounds=Bounds())
    with waiting._sorting:
        putting = threading.Thread(target=waiting.put, args=(item(1),))
        putting.start()
        putting.join(10)
        assert not putting.is_alive()

    assert contents(waiting) == [1]


def test_threads_lose_nothing_between_them() -> None:
    waiting = ring(bounds=Bounds(items=500))
    threads = [
        threading.Thread(target=lambda: [waiting.put(item(at, size_bytes=1)) for at in range(1_000)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(contents(waiting)) == 500
    assert (waiting.dropped, waiting.size_bytes) == ({INFO: 3_500}, 0)
