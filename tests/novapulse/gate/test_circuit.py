"""When Redis is asked, and who finds out that it is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from novapulse.gate import circuit
from novapulse.gate.circuit import Circuit

if TYPE_CHECKING:
    import pytest


def opened() -> Circuit:
    made = Circuit()
    made.failed()
    return made


def test_one_failure_opens_it_and_only_recovery_closes_it() -> None:
    made = opened()
    assert made.is_open
    made.recovered()
    assert not made.is_open


def test_one_at_a_time_probes_and_not_at_once_again() -> None:
    made = opened()
    assert not made.may_probe()  # it has only just opened
    made._probed_at -= circuit.PROBE_SECONDS
    assert made.may_probe()
    assert not made.may_probe()
    made.probed()
    assert not made.may_probe()
    made._probed_at -= circuit.PROBE_SECONDS
    assert made.may_probe()


def test_the_operator_is_told_once_that_redis_is_away(caplog: pytest.LogCaptureFixture) -> None:
    made = opened()
    made.failed()

    assert [record.message for record in caplog.records] == ["gate.redis_is_away"]
