"""What telemetry could not tell."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from novapulse.telemetry import drops


def test_what_was_dropped_is_counted_by_what_it_was_in_all_threads() -> None:
    before = drops.counted().get("test-lines", 0)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: drops.count("test-lines", number), range(100)))

    assert drops.counted()["test-lines"] - before == sum(range(100))
