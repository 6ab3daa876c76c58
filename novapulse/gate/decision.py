"""The words of the gate: what is asked, what is true, what is decided, what has changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

COMPANY_POLICY: Final = "company"
PRINCIPAL_POLICY: Final = "principal"
CONCURRENCY_POLICY: Final = "concurrency"
POLICIES: Final = (COMPANY_POLICY, PRINCIPAL_POLICY, CONCURRENCY_POLICY)


class Level(StrEnum):
    """What a change is about: any one of the first five ends every credential below it; `limits` ends none."""

    KEY = "key"
    COMPANY = "company"
    MEMBERSHIP = "membership"
    CREDENTIAL = "credential"  # a session or an API key
    TOKEN = "token"  # noqa: S105  one access token of a session
    LIMITS = "limits"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request shows: ids as 24 hex digits, and the versions that were true when the credential was made.

    `token_id` is the access token's `jti`, empty for an API key.
    """

    company_id: str
    membership_id: str
    credential_id: str
    token_id: str
    company_version: int
    membership_version: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What a company may do: `quota` units in `window_seconds`, at once if it likes; `concurrency` requests at a time.

    `shadow` names the policies that only count what they would have refused. Where it `is_read_only` the gate lets in
    and counts as ever; whoever asks it refuses what would change something. `version` grows with every change.
    """

    quota: int
    window_seconds: int
    concurrency: int
    shadow: frozenset[str] = frozenset()
    version: int = 1
    is_read_only: bool = False


@dataclass(frozen=True, slots=True)
class Truth:
    """What MongoDB says of a credential; `is_live` is False where its session or key has ended or never was.

    `is_of_company` is False where there is no such company, or none any more: then nobody keeps anything of it.
    """

    company_version: int
    membership_version: int
    is_live: bool
    limits: Limits
    revoked_tokens: frozenset[str] = frozenset()
    is_of_company: bool = True

    def ends(self, credential: Credential) -> Level | None:
        """Tell at which level a credential has ended, None while it is good: any one level suffices.

        Versions must be the very ones: one that is ahead of MongoDB was not issued by us.
        """
        if credential.company_version != self.company_version:
            return Level.COMPANY
        if credential.membership_version != self.membership_version:
            return Level.MEMBERSHIP
        if not self.is_live:
            return Level.CREDENTIAL
        if credential.token_id in self.revoked_tokens:
            return Level.TOKEN
        return None


@dataclass(frozen=True, slots=True)
class Change:
    """Something that every process must hear of within a second.

    subject: the key's `kid`, or the id of the company, membership or credential; of a token its `jti`. company_id: 24
    hex digits, empty for a key. version: the least version of a company or membership that is still good, the limits'
    new version, 0 for the other levels. credential_id: the session of a token, empty for the other levels. at: when it
    was written, where it was read.
    """

    level: Level
    subject: str
    company_id: str = ""
    version: int = 0
    credential_id: str = ""
    at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Usage:
    """How far a company has used its quota; `reset_seconds` until all of it is there again.

    `is_local` where this process tells, of its own share, since Redis is away.
    """

    limits: Limits
    remaining: int
    reset_seconds: float
    in_flight: int = 0
    is_local: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What came out.

    revoked: the level at which the credential has ended, None while it is good; then nothing else is told. denied: the
    policy that refuses, None where none does. shadowed: policies in shadow mode that would have refused. company_id
    and lease: what is given back when the request has ended, empty where it was not let in.
    """

    usage: Usage | None = None
    revoked: Level | None = None
    denied: str | None = None
    retry_after_seconds: float = 0.0
    shadowed: tuple[str, ...] = ()
    company_id: str = ""
    lease: str = ""
