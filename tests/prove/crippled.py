"""The service with one mechanism taken out, named by the variable PROVE_WITHOUT."""

from __future__ import annotations

import os

import pytest

from config.wsgi import application
from tests.prove.mechanisms import MECHANISMS
from tests.prove.world import WITHOUT

__all__ = ["application"]

MECHANISMS[os.environ[WITHOUT]](pytest.MonkeyPatch())  # noqa: TID251  a switch of the proofs, no setting of the service
