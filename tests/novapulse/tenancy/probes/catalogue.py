"""All probes, in the order of the table."""

from __future__ import annotations

from tests.novapulse.tenancy.probes import mapped, pipelines, reads, writes

PROBES = (*reads.PROBES, *pipelines.PROBES, *writes.PROBES, *mapped.PROBES)
