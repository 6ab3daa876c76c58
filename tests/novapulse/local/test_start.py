"""Bringing one server up: what is said when it does not come."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from novapulse.local.errors import LocalServiceError
from novapulse.local.guard import guarding
from novapulse.local.mongo import MONGO
from novapulse.local.redis import REDIS
from novapulse.local.service import Launch
from novapulse.local.stack import up

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.servers


def test_a_server_that_exits_is_named_with_its_log_and_the_others_stop(
    folder: Path, left_in: Callable[[Path], list[str]]
) -> None:
    broken = replace(MONGO, command=lambda _site: Launch(("/bin/sh", "-c", "echo no disk; exit 1")))
    with pytest.raises(LocalServiceError) as caught, guarding(folder) as guard:
        up(folder, guard=guard, wanted=[REDIS, broken])
    assert str(caught.value) == f"MongoDB exited before it was ready; its log is {folder}/logs/mongo.log."
    assert (folder / "logs" / "mongo.log").read_text() == "no disk\n"
    assert left_in(folder) == []


def test_a_server_that_never_answers_is_given_up_in_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("novapulse.local.start._PATIENCE", timedelta(seconds=1))
    mute = replace(REDIS, command=lambda _site: Launch(("/bin/sleep", "60")))
    sentence = rf"^Redis is not ready after 1 s; its log is {folder}/logs/redis\.log\.$"
    with pytest.raises(LocalServiceError, match=sentence), guarding(folder) as guard:
        up(folder, guard=guard, wanted=[mute])
