"""Troubles of the tenants app."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from novapulse.errors import Conflict, Denied, FieldError, NotFound, TooMany
from novapulse.gate.decision import COMPANY_POLICY, CONCURRENCY_POLICY, PRINCIPAL_POLICY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apps.tenants.enums import CompanyStatus
    from novapulse.gate.decision import Limits

_IN_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        COMPANY_POLICY: "Your company has used up its {limits.quota} units in {limits.window_seconds} seconds.",
        PRINCIPAL_POLICY: "You have used up your share of your company's quota while others of it are at work.",
        CONCURRENCY_POLICY: "Your company has {limits.concurrency} requests under way, as many as it may at a time.",
    }
)


class SlugTaken(Conflict):
    """The slug is taken; choose another."""

    code = "slug-taken"

    def __init__(self) -> None:
        """Point at the field of the signup that carries it."""
        sentence = "Another company has this slug."
        super().__init__(fields=(FieldError("/company_slug", self.code, sentence),))


class SecondFactorMissing(Conflict):
    """Enrol a second factor yourself before you require one of everybody."""

    code = "second-factor-missing"

    def __init__(self) -> None:
        """Point at the field."""
        super().__init__(fields=(FieldError("/mfa_required", self.code, "You have no second factor yet."),))


class StandingRefused(Conflict):
    """The company is in a state that does not allow this."""

    code = "company-standing"

    def __init__(self, slug: str, status: CompanyStatus, *, to: CompanyStatus) -> None:
        """Name the state that it is in, and the one that cannot be reached from there."""
        super().__init__(f"{slug} is {status.word}; from there it cannot become {to.word}.")


class CompanyGoing(Conflict):
    """The company is being deleted, which cannot be undone any more; nothing of it can be changed."""

    code = "company-going"


class NoDataKey(NotFound):
    """What was sealed for the company does not open any more: the key for it is not there."""

    code = "no-data-key"


class CompanyReadOnly(Denied):
    """Your company is read-only: you can read, export and sign out, and change nothing else."""

    code = "company-read-only"


class QuotaExceeded(TooMany):
    """A limit of your company is reached; wait as long as Retry-After says."""

    code = "quota-exceeded"

    def __init__(self, policy: str, *, limits: Limits, retry_after_seconds: int) -> None:
        """Name the policy that refuses, in words that a client can act on, and when it is worth trying again."""
        super().__init__(_IN_WORDS[policy].format(limits=limits), retry_after_seconds=retry_after_seconds)
        self.extensions = {"violated-policies": [policy]}  # as the draft of novapulse.web.ratelimit has it, section 5
