"""What commands of operators share."""

from __future__ import annotations

import getpass
import os
from typing import NoReturn

import pytest
from django.core.management.base import CommandError
from pymongo.errors import OperationFailure, ServerSelectionTimeoutError

from novapulse.errors import NotFound
from novapulse.web import commands


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NotFound("There is no such thing."), "no such thing"),
        (ServerSelectionTimeoutError("10.0.0.7"), "does not answer"),
    ],
)
def test_trouble_is_one_sentence_for_operators(error: Exception, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence) as raised, commands.as_command_errors():
        raise error

    assert raised.value.__cause__ is error
    assert "10.0.0.7" not in str(raised.value)


@pytest.mark.parametrize("fault", [ZeroDivisionError(), OperationFailure("no such command", 59), CommandError("Said.")])
def test_a_fault_stays_what_it_is(fault: Exception) -> None:
    with pytest.raises(type(fault)) as raised, commands.as_command_errors():
        raise fault

    assert raised.value is fault


def test_whoever_gives_a_command_is_named_by_their_account(monkeypatch: pytest.MonkeyPatch) -> None:
    assert commands.operator() == getpass.getuser()

    def nobody() -> NoReturn:
        raise KeyError

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert commands.operator() == f"uid {os.getuid()}"
