"""What other apps may ask of resilience."""

from __future__ import annotations

import time

from apps.resilience import api
from novapulse.resilience import deadline
from novapulse.resilience.overruns import overruns


def test_a_process_with_a_request_that_hangs_is_wedged_until_that_comes_back() -> None:
    assert api.overrunning() == 0
    with deadline.opened(0) as running:
        overruns.begin(running)
        time.sleep(0.3)
        assert api.overrunning() == 1
        overruns.end()
    assert api.overrunning() == 0
