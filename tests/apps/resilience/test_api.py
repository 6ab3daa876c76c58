"""What other apps may ask of resilience."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from apps.resilience import api, conf
from novapulse.resilience import deadline
from novapulse.resilience.overruns import overruns

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_process_with_a_request_that_hangs_is_wedged_until_that_comes_back() -> None:
    assert api.overrunning() == 0
    with deadline.opened(0) as running:
        overruns.begin(running)
        time.sleep(0.3)
        assert api.overrunning() == 1
        overruns.end()
    assert api.overrunning() == 0


def test_the_door_before_the_application_refuses_what_comes_beyond_the_limit() -> None:
    answered: list[str] = []

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        if int(environ["NUMBER"]) < conf.MOST_INSIDE:
            return ask(int(environ["NUMBER"]) + 1)  # one more, while this one is inside
        start_response("200 OK", [])
        return [b"done"]

    def ask(number: int) -> list[bytes]:
        environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/auth/login", "NUMBER": number}
        return list(door(environ, lambda status, _headers: answered.append(status)))

    door = api.doorway(application)
    assert ask(1) == [b"done"]
    assert json.loads(ask(0)[0])["code"] == "overloaded"
    assert answered == ["200 OK", "503 Service Unavailable"]
