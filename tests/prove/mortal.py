"""The service, killed -9 at the one moment when a change is committed and its task has not been sent."""

from __future__ import annotations

import os
import signal

import pytest

from config.wsgi import application
from novapulse.queues.publisher import Publisher
from tests.prove.mechanisms import MECHANISMS
from tests.prove.world import WITHOUT

__all__ = ["application"]

_without = os.environ[WITHOUT]  # noqa: TID251  a switch of the proofs, no setting of the service
if _without:
    MECHANISMS[_without](pytest.MonkeyPatch())
Publisher.offer = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign]  # what a commit calls
