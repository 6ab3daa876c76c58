"""A pytest plugin (`-p tests.servers`): one set of real servers per run; databases and queues of its own per worker.

The run started by hand, or the controller of xdist, starts the servers before Django reads its settings; workers
inherit their addresses and choose databases of their own. The servers stop with the run, also when it is killed.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from novapulse.data import registry
from novapulse.local.private import running_services

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARK = "NOVAPULSE_TEST_SERVERS"
_PATIENT_MS = "10000"  # a busy machine is no fault; those are injected
_running = ExitStack()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    """Start the servers before pytest-django loads the settings: a wrapper runs round every other plugin's hook."""
    environment = os.environ  # noqa: TID251  settings read it next
    if _MARK not in environment:
        for name, url in _running.enter_context(running_services()).items():
            environment[name] = url
        environment[_MARK] = environment["MONGO_URI"]
    worker = environment.get("PYTEST_XDIST_WORKER", "gw0")
    environment["MONGO_URI"] = environment[_MARK].replace("/novapulse?", f"/test_{worker}?")
    environment["QUEUE_PREFIX"] = f"test-{worker}"
    environment["REDIS_URL"] = environment["REDIS_URL"].rpartition("/")[0] + "/" + worker.removeprefix("gw")
    environment.setdefault("MONGO_SERVER_SELECTION_TIMEOUT", _PATIENT_MS)
    yield


def pytest_unconfigure() -> None:
    """Stop what this process has started, clients first: one that outlives its server complains of it."""
    registry.close_all()
    _running.close()
