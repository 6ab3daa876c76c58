"""The faults of this process itself: with one of them it should get no requests, since another process has none."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings

from apps.health.domain.checks import Check
from apps.health.enums import State
from apps.resilience import api as resilience_api
from novapulse import clock
from novapulse.data import registry
from novapulse.resilience import draining

if TYPE_CHECKING:
    from collections.abc import Iterator

_LEAST_FREE_BYTES: Final = 64 * 1024 * 1024  # an upload that is too large for memory, an export: of each a few
_MOST_DESCRIPTORS_SHARE: Final = 0.9  # of what the system allows: the rest is soon gone
_DESCRIPTORS = Path("/proc/self/fd")
_MEBIBYTE: Final = 1024 * 1024


def found() -> list[Check]:
    """Look at this process; nothing here asks a dependency or waits."""
    return [_draining(), _overrunning(), *_pools(), _disk(), _descriptors()]


def _draining() -> Check:
    told = draining.is_under_way()
    return _check("process", "draining", value=str(told).lower(), is_fault=told, output="It was told to stop.")


def _overrunning() -> Check:
    # Only a warning: the other threads go on, and whoever knows a slow route must not be able to empty a proxy's list.
    # The process itself leaves when a request does not come back at all (novapulse.resilience.overruns).
    count = resilience_api.overrunning()
    check = _check(
        "process", "overrunning", value=count, is_fault=count > 0, output="Requests are past their deadline."
    )
    return replace(check, state=State.WARN) if count else check


def _pools() -> Iterator[Check]:
    # What a request has not given back when its time was over will not come back at all.
    patience_seconds = settings.REQUEST_TIMEOUT_MS / 1000
    for provider in registry.providers():
        seconds = round(provider.wedged_seconds(), 3)
        is_fault = seconds > patience_seconds
        output = "Every connection is in use, and none has come back."
        yield _check(f"{provider.name}-pool", "wedged", value=seconds, unit="s", is_fault=is_fault, output=output)


def _disk() -> Check:
    folders = (Path(tempfile.gettempdir()), settings.LOCAL_DIR)
    free_bytes = min(shutil.disk_usage(folder).free for folder in folders if folder.is_dir())
    is_fault = free_bytes < _LEAST_FREE_BYTES
    output = "The disk of the temporary files is nearly full."
    return _check("disk", "free", value=free_bytes // _MEBIBYTE, unit="MiB", is_fault=is_fault, output=output)


def _descriptors() -> Check:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    try:
        used = len(os.listdir(_DESCRIPTORS))  # noqa: PTH208  no object per descriptor
    except OSError:  # it takes one to count them
        used = most
    is_fault = most != resource.RLIM_INFINITY and used > most * _MOST_DESCRIPTORS_SHARE
    output = "The file descriptors are nearly used up."
    return _check("descriptors", "open", value=used, is_fault=is_fault, output=output)


def _check(  # noqa: PLR0913  one argument per figure of the check
    component: str, figure: str, *, value: float | str, is_fault: bool, output: str, unit: str = ""
) -> Check:
    state = State.FAIL if is_fault else State.PASS
    return Check(component, figure, "system", value, unit, state, clock.now(), output=output if is_fault else "")
