"""What queues are called, and which settings would lose work."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from novapulse.queues import names
from novapulse.queues.names import Queues

if TYPE_CHECKING:
    from collections.abc import Iterator

SOUND = Queues(prefix="shop-live")


@pytest.fixture
def shop() -> Iterator[None]:
    before = names.current()
    names.use(SOUND)
    yield
    names.use(before)


def losses(**changes: Any) -> list[str]:
    surroundings: dict[str, Any] = {"inbox_kept": timedelta(days=21), "answer_seconds": 5.0}
    given = {name: changes.pop(name) for name in list(changes) if name in surroundings}
    return replace(SOUND, **changes).losses(**{**surroundings, **given})


@pytest.mark.usefixtures("shop")
def test_every_queue_has_one_for_its_dead_letters_under_the_prefix() -> None:
    assert names.queues() == ("critical", "default")
    assert names.physical("default") == "shop-live-default"
    assert names.physical(names.of_the_dead("default")) == "shop-live-default-dlq"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("name", ["", "defaults", "-dlq", "shop-live-default"])
def test_a_name_that_is_none_of_ours_is_refused_with_those_that_there_are(name: str) -> None:
    with pytest.raises(LookupError, match="there are critical, default"):
        names.physical(name)


def test_what_we_ship_loses_nothing() -> None:
    assert losses() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dead_retention": timedelta(days=4)}, "a dead letter could be gone before"),
        ({"inbox_kept": timedelta(days=17)}, "would be done again"),
        ({"visibility_seconds": 15}, "would show again while it is worked on"),
        ({"answer_seconds": 20.0}, "would show again while it is worked on"),
        ({"dead_retention": timedelta(days=15)}, "a minute to 14 days"),
        ({"retention": timedelta(0)}, "a minute to 14 days"),
        ({"visibility_seconds": 43_201}, "hides a message"),
        ({"wait_seconds": 21}, "20 s at most"),
        ({"names": ("with space",)}, "letters, digits, hyphens"),
        ({"prefix": "p" * 70}, "letters, digits, hyphens"),
    ],
)
def test_what_would_lose_work_is_told(changes: dict[str, Any], words: str) -> None:
    assert any(words in sentence for sentence in losses(**changes))


def test_a_worker_may_miss_a_heartbeat_without_losing_its_message() -> None:
    assert 2 * SOUND.heartbeat_seconds < SOUND.visibility_seconds
