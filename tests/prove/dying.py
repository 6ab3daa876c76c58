"""The service, killed -9 at one step of a change or of its sealing.

Which one, PROVE_DIES_AT says, such as `request insert started` or `audit-sealer delete succeeded`.
"""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

import pytest

from config.wsgi import application
from novapulse.data.command_account import CommandAccount
from tests.prove.mechanisms import MECHANISMS
from tests.prove.world import WITHOUT

__all__ = ["application"]

DIES_AT = "PROVE_DIES_AT"
SEALER = "audit-sealer"

_without = os.environ[WITHOUT]  # noqa: TID251  a switch of the proofs, no setting of the service
if _without:
    MECHANISMS[_without](pytest.MonkeyPatch())
_where, _command, _when = os.environ[DIES_AT].split()  # noqa: TID251  as above
_started, _succeeded = CommandAccount.started, CommandAccount.succeeded


def _die_at(event: Any, *, when: str) -> None:
    name = threading.current_thread().name
    is_here = name == SEALER if _where == SEALER else name not in _THREADS
    if is_here and when == _when and event.command_name == _command:
        os.kill(os.getpid(), signal.SIGKILL)


def _dying_started(self: CommandAccount, event: Any) -> None:
    _die_at(event, when="started")
    _started(self, event)


def _dying_succeeded(self: CommandAccount, event: Any) -> None:
    _die_at(event, when="succeeded")
    _succeeded(self, event)


# Threads of the process itself do the same commands: all that were there before the first request.
_THREADS = {each.name for each in threading.enumerate()}
CommandAccount.started = _dying_started  # type: ignore[method-assign]  # the mechanism that is made to kill
CommandAccount.succeeded = _dying_succeeded  # type: ignore[method-assign]  # as above
