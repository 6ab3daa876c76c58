from __future__ import annotations

from collections import Counter

from novapulse.queues.wheel import Wheel


def test_each_queue_is_asked_as_often_as_its_weight_says_and_evenly_spread() -> None:
    wheel = Wheel({"critical": 3, "default": 1})
    turns = [wheel.next(among=("critical", "default")) for _ in range(400)]

    assert Counter(turns) == {"critical": 300, "default": 100}
    assert all("default" in turns[first : first + 4] for first in range(396))


def test_a_queue_that_was_left_out_is_not_made_up_for() -> None:
    wheel = Wheel({"critical": 3, "default": 1})
    for _ in range(100):
        wheel.next(among=("default",))

    assert Counter(wheel.next(among=("critical", "default")) for _ in range(40)) == {"critical": 30, "default": 10}
