"""Where a value belongs: encrypted for one variable of one environment, it opens in no other."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A variable by its name, and the environment (ENVIRONMENT) that it is set in."""

    variable: str
    environment: str

    @property
    def context(self) -> str:
        """Give what AES-GCM authenticates besides: a name of a variable holds no line break, so no two are alike."""
        return f"{self.variable}\n{self.environment}"

    @property
    def encryption_context(self) -> dict[str, str]:
        """Give what KMS authenticates besides, and writes into CloudTrail; a key's policy can ask for it."""
        return {"novapulse:variable": self.variable, "novapulse:environment": self.environment}
