"""Each way to another company's data: closed with the scope, open without. A probe that cannot leak does not count."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.novapulse.tenancy.probes.catalogue import PROBES
from tests.novapulse.tenancy.probes.run import Probe, attempt

if TYPE_CHECKING:
    from tests.novapulse.tenancy.probes.world import World


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.path)
def test_a_probe_brings_nothing_of_another_company_with_the_scope(probe: Probe, world: World) -> None:
    outcome = attempt(probe, world)

    assert not outcome.leaked, outcome.answer
    assert not outcome.altered, outcome.answer


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.path)
def test_a_probe_breaks_in_without_the_scope(probe: Probe, open_world: World) -> None:
    assert attempt(probe, open_world).breached


def test_there_are_enough_probes_and_each_has_its_own_name() -> None:
    names = Counter(probe.path for probe in PROBES)

    assert len(PROBES) >= 60
    assert names.most_common(1)[0][1] == 1
