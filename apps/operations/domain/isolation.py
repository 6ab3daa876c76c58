"""Does anything lead from one company to another? Whatever names a company, and what else it names, is looked at.

1. Things are taken in batches: documents by an index, Redis' keys by SCAN, messages one after another.
2. Of a batch, the companies and the documents that it names are read by one command for each collection.
3. What looks wrong is looked at again, on the primary: replicas lag, and what was named may just have been deleted.

Only ids are ever told. Memory holds a batch, and at most `FINDINGS_MOST` findings.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from apps.audit import api as audit_api
from apps.operations.domain.declarations import collection_name, documents
from apps.operations.domain.pointers import COMPANY, as_id
from novapulse.data import staleness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bson import ObjectId
    from pymongo.collection import Collection

    Id = ObjectId | str

BATCH: Final = 1_000
FINDINGS_MOST: Final = 1_000
STALE_SECONDS: Final = 600  # what looks wrong is looked at again on the primary
UNSAID: Final = "*"  # the location of a thing that names its company alone
_COMPANIES: Final = "companies"


class Fault(StrEnum):
    """What is wrong with a thing."""

    NO_COMPANY = "it names no company"
    UNKNOWN_COMPANY = "it names a company that is not there"
    LOCATION = "its location is not its company's"
    FOREIGN = "it names what is another company's"
    NOTHING = "it names what is not there"


@dataclass(frozen=True, slots=True)
class Home:
    """Whose something is."""

    company_id: Id | None
    location: object

    def is_same(self, other: Home) -> bool:
        """Tell whether both are of one company and location, as far as they say."""
        return self.company_id == other.company_id and (
            UNSAID in {self.location, other.location} or self.location == other.location
        )


@dataclass(frozen=True, slots=True)
class Named:
    """What a thing names, and by which of its fields: a document in one of these collections."""

    path: str
    collections: tuple[str, ...]
    id: Id
    may_be_gone: bool = True


@dataclass(frozen=True, slots=True)
class Thing:
    """A document, key or message: its kind, what it is called by, whose it is, and what it names."""

    kind: str
    id: object
    home: Home
    names: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong. path: the field; named: the id that stands there; whose: the company that it is of."""

    kind: str
    id: str
    company_id: str
    fault: Fault
    path: str = COMPANY
    named: str = ""
    whose: str = ""


@dataclass(slots=True)
class Report:
    """How many things of each kind were looked at, and what was found; `left_out` findings were too many to keep."""

    looked_at: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    left_out: int = 0

    def add(self, finding: Finding) -> None:
        """Keep a finding, or count it."""
        if len(self.findings) < FINDINGS_MOST:
            self.findings.append(finding)
        else:
            self.left_out += 1


@dataclass(frozen=True, slots=True)
class Source:
    """Where things of a kind come from: all of them, and some of them as they are now, read on the primary."""

    kind: str
    things: Callable[[], Iterable[Thing]]
    again: Callable[[list[Thing]], Iterable[Thing]]


def look(sources: Iterable[Source], *, seen: Callable[[str, int], None]) -> Report:
    """Look at all things of these sources, across tenants; call `seen` with a kind and how many more were looked at."""
    report = Report()
    for source in sources:
        things = iter(source.things())
        report.looked_at[source.kind] += 0
        while batch := list(islice(things, BATCH)):
            suspects = {finding.id for finding in _findings(batch, stale_seconds=STALE_SECONDS)}
            if suspects:
                anew = source.again([thing for thing in batch if str(thing.id) in suspects])
                for finding in _findings(list(anew), stale_seconds=0):
                    report.add(finding)
            report.looked_at[source.kind] += len(batch)
            seen(source.kind, len(batch))
    return report


def _findings(things: list[Thing], *, stale_seconds: int) -> Iterator[Finding]:
    wanted: dict[str, set[Id]] = defaultdict(set)
    for thing in things:
        if thing.home.company_id is not None:
            wanted[_COMPANIES].add(thing.home.company_id)
        for named in thing.names:
            for collection in named.collections:
                wanted[collection].add(named.id)
    known = {name: _homes(name, ids, stale_seconds=stale_seconds) for name, ids in wanted.items()}
    for thing in things:
        yield from _wrong(thing, known)


def _wrong(thing: Thing, known: dict[str, dict[Id, Home | None]]) -> Iterator[Finding]:
    own, company_id = thing.home, thing.home.company_id
    if company_id is None:
        yield Finding(thing.kind, str(thing.id), "", Fault.NO_COMPANY)
        return
    company = known[_COMPANIES].get(company_id)
    if company is None:
        yield Finding(thing.kind, str(thing.id), str(company_id), Fault.UNKNOWN_COMPANY)
    elif not own.is_same(company):
        yield Finding(thing.kind, str(thing.id), str(company_id), Fault.LOCATION)
    is_platforms = company_id == audit_api.PLATFORM.company_id  # its records tell of what is companies'
    for named in thing.names:
        if is_platforms and named.may_be_gone:
            continue
        found = [known[collection][named.id] for collection in named.collections if named.id in known[collection]]
        foreign = [home for home in found if home is not None and not own.is_same(home)]
        if foreign or not (found or named.may_be_gone):
            fault, whose = (Fault.FOREIGN, str(foreign[0].company_id)) if foreign else (Fault.NOTHING, "")
            yield Finding(thing.kind, str(thing.id), str(company_id), fault, named.path, str(named.id), whose)


def _homes(name: str, ids: set[Id], *, stale_seconds: int) -> dict[Id, Home | None]:
    """Tell whose these documents are, by one command; None where a document is nobody's, such as a person."""
    found = read(collection_of(name), stale_seconds=stale_seconds).find(
        {"_id": {"$in": list(ids)}}, {COMPANY: 1, "location": 1, "country": 1}
    )
    if name == _COMPANIES:
        platform = audit_api.PLATFORM
        companies = {each["_id"]: Home(each["_id"], each.get("country")) for each in found}
        return {platform.company_id: Home(platform.company_id, platform.location), **companies}
    return {
        each["_id"]: Home(as_id(each[COMPANY]), each.get("location", UNSAID)) if each.get(COMPANY) is not None else None
        for each in found
    }


def collection_of(name: str) -> Collection[dict[str, Any]]:
    """Give the collection of this name; raises LookupError where no document declares it."""
    document = next((each for each in documents() if collection_name(each) == name), None)
    if document is None:
        raise LookupError(f"No document is kept in {name}.")
    found: Collection[dict[str, Any]] = document.collection()
    return found


def read(collection: Collection[dict[str, Any]], *, stale_seconds: int) -> Collection[dict[str, Any]]:
    """Give the collection for reading: from replicas, where the settings allow it, or from the primary for 0."""
    return staleness.relaxed(collection, max_staleness_seconds=stale_seconds)
