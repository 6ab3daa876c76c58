"""Companies: made at signup, looked up at every sign-in."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from apps.tenants.documents import Company
from apps.tenants.enums import CompanyStatus, PlanName
from apps.tenants.errors import CompanyGoing, SlugTaken
from novapulse import clock
from novapulse.errors import NotFound
from novapulse.tenancy.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from bson import ObjectId

# Stands between the slug that a deleted company had and its id, and in no slug that there can be: so the slug is free.
TOMB = "~"

_PRIVATE = frozenset({"credential_version", "deletion_begun_at", "is_benchmark", "limit_overrides", "limits_version"})


@dataclass(frozen=True, slots=True)
class CompanyRecord:
    """A company as it stood when it was read; `country` (ISO 3166-1 alpha-2) is its location.

    `limit_overrides` may hold `quota`, `window_seconds`, `concurrency` and `shadow`, each in place of the plan's own
    (`apps.tenants.domain.limits`).
    """

    id: ObjectId
    name: str
    slug: str
    country: str
    status: CompanyStatus
    credential_version: int
    version: int
    created_at: datetime
    updated_at: datetime
    mfa_required: bool = False
    plan: PlanName = PlanName.FREE
    limit_overrides: dict[str, Any] = field(default_factory=dict, hash=False)
    limits_version: int = 1
    deletion_begun_at: datetime | None = None
    is_benchmark: bool = False

    @property
    def home(self) -> Scope:
        """Give the scope in which its data is."""
        return Scope(self.id, self.country)

    @property
    def is_open(self) -> bool:
        """Tell whether its people may come in: their credentials are good, and they may sign in."""
        return self.status.is_open

    @property
    def is_read_only(self) -> bool:
        """Tell whether those who are in may only look."""
        return self.status is CompanyStatus.READ_ONLY

    @property
    def is_going(self) -> bool:
        """Tell whether its deletion has begun, or is done: nothing of it is to be written any more."""
        return self.deletion_begun_at is not None or self.status is CompanyStatus.DELETED


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a change by an operator: the company as it is now, and whether it was any different before."""

    company: CompanyRecord
    is_changed: bool


NO_TOMB: Mapping[str, Any] = MappingProxyType({"status": {"$ne": CompanyStatus.DELETED.value}})
NOT_GOING: Mapping[str, Any] = MappingProxyType({**NO_TOMB, "deletion_begun_at": None})

_STORED = [each.name for each in fields(CompanyRecord) if each.name != "id"]

# What companies lack that were founded before there was such a thing.
_AT_FIRST: Mapping[str, Any] = MappingProxyType(
    {
        "mfa_required": False,
        "plan": PlanName.FREE.value,
        "limit_overrides": {},
        "limits_version": 1,
        "deletion_begun_at": None,
        "is_benchmark": False,
    }
)


def create_company(
    *, name: str, slug: str, country: str, plan: PlanName = PlanName.FREE, is_benchmark: bool = False
) -> CompanyRecord:
    """Make a company, inside the transaction that the caller has open.

    name: as people write it. slug: unique among all companies, shaped as `SLUG_PATTERN`. country: one of `COUNTRIES`.
    is_benchmark: whether `seed_benchmark --remove` may take it away, without any grace.

    Raises SlugTaken.
    """
    now = clock.now()
    document: dict[str, Any] = {
        "name": name,
        "slug": slug,
        "country": country,
        "status": CompanyStatus.ACTIVE.value,
        "credential_version": 1,
        "holds": 0,
        **_AT_FIRST,
        "plan": plan.value,
        "is_benchmark": is_benchmark,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    try:
        Company.collection().insert_one(document)
    except DuplicateKeyError as error:
        raise SlugTaken from error
    return record_of(document)


def company(company_id: ObjectId) -> CompanyRecord:
    """Read a company; of one that is deleted nobody hears here.

    Raises NotFound.
    """
    document = Company.collection().find_one({"_id": company_id, **NO_TOMB})
    if document is None:
        raise NotFound
    return record_of(document)


def companies(ids: Iterable[ObjectId]) -> list[CompanyRecord]:
    """Read several companies by one command, ordered by name; ids that name none are left out."""
    found = Company.collection().find({"_id": {"$in": list(ids)}, **NO_TOMB})
    return sorted(map(record_of, found), key=lambda record: (record.name, record.id))


def company_by_slug(slug: str) -> CompanyRecord | None:
    """Find a company by its slug, None where no company has it."""
    document = Company.collection().find_one({"slug": slug, **NO_TOMB})
    return None if document is None else record_of(document)


def every_company() -> Iterator[CompanyRecord]:
    """Read all companies there are, ordered by slug."""
    return map(record_of, Company.collection().find(NO_TOMB).sort("slug"))


def tombstones(slug: str | None = None) -> Iterator[CompanyRecord]:
    """Read what is left of companies that were deleted, ordered by slug; slug: only of those that had this one."""
    within = {} if slug is None else {"slug": {"$gte": f"{slug}{TOMB}", "$lt": f"{slug}{chr(ord(TOMB) + 1)}"}}
    found = Company.collection().find({"status": CompanyStatus.DELETED.value, **within})
    return map(record_of, found.sort("slug"))


def company_named(slug: str) -> CompanyRecord:
    """Read the company that an operator names by its slug.

    Raises NotFound, in a sentence that names the slug.
    """
    found = company_by_slug(slug)
    if found is None:
        raise NotFound(f"There is no company {slug!r}.")
    return found


def hold_company(company_id: ObjectId) -> CompanyRecord:
    """Make other transactions that hold the company wait for this one, so that they see what it decides.

    It writes to the company's document: of two transactions that do so at once, MongoDB lets one go on and has the
    other start again; so does one that turns it or begins its deletion. The company's version stays: what clients see
    has not changed. Gives the company as it is while it is held.

    Raises NotFound; CompanyGoing where its deletion has begun.
    """
    held = Company.collection().find_one_and_update(
        {"_id": company_id}, {"$inc": {"holds": 1}}, return_document=ReturnDocument.AFTER
    )
    if held is None:
        raise NotFound
    return not_going(record_of(held))


def not_going(record: CompanyRecord) -> CompanyRecord:
    """Give the company back where it may still be written to; raise CompanyGoing where its deletion has begun."""
    if record.is_going:
        raise CompanyGoing(f"{record.slug} is being deleted, which cannot be undone; nothing of it can be changed.")
    return record


def present(record: CompanyRecord) -> dict[str, Any]:
    """Give what the API shows of a company: all but what concerns its credentials and the figures of its limits."""
    return {name: value for name, value in asdict(record).items() if name not in _PRIVATE}


def record_of(document: Mapping[str, Any]) -> CompanyRecord:
    """Make a record of a company's document, whenever it was written."""
    known = {**_AT_FIRST, **document}
    stored = {name: known[name] for name in _STORED}
    words = {"status": CompanyStatus(known["status"]), "plan": PlanName(known["plan"])}
    return CompanyRecord(id=document["_id"], **{**stored, **words})
