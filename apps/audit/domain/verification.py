"""Verification: is a company's chain as it was sealed? What was edited, deleted, moved or added is found.

1. Read where the chain has ended at the least, and that this is sealed.
2. Walk from its first record to its last: each has the next number, follows on the one before, and is sealed.
3. The last is not before that end, and nothing stands without a number.
4. What the log says of a number (an anchor, written when it was sealed) is what stands there. The log lies outside of
   the database: without it, whoever has kept an old end of the chain could put that back, and delete what came after.

Whoever has MASTER_KEY can write a chain anew; anchors tell even then.
"""

from __future__ import annotations

import hmac
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from bson import ObjectId

from apps.audit import conf
from apps.audit.documents import AuditEvent, AuditHead, AuditPending
from apps.audit.domain import chain
from novapulse import clock
from novapulse.tenancy import scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from novapulse.tenancy.scope import Scope

Document = dict[str, Any]
Anchors = dict[int, set[str]]  # by number, the hashes that the log has of it

_BEGINNING: Final = (0, chain.NOTHING)  # the first record follows on this


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came out: how many records are as they were sealed, the first that is not, and how many wait too long."""

    records: int
    late: int = 0
    first_bad: int | None = None
    fault: str | None = None

    @property
    def is_good(self) -> bool:
        """Tell whether all is as it should be."""
        return self.fault is None and self.late == 0


class _Broken(Exception):  # noqa: N818  travels no further than `verify`
    def __init__(self, sequence: int, fault: str) -> None:
        super().__init__(fault)
        self.sequence, self.fault = sequence, fault


def length(home: Scope) -> int:
    """Tell how many records a chain says that it has: for showing progress."""
    with scope.company(home.company_id, location=home.location):
        return int((AuditHead.collection().find_one({"_id": home.company_id}) or {"sequence": 0})["sequence"])


def verify(home: Scope, *, anchors: Anchors, seen: Callable[[int], None]) -> Verdict:
    """Walk a company's chain; call `seen` with how many records more were found to be right."""
    count = 0

    def counted(records: int) -> None:
        nonlocal count
        count += records
        seen(records)

    with scope.company(home.company_id, location=home.location):
        try:
            _verify(home, anchors=anchors, seen=counted)
        except _Broken as broken:
            return Verdict(count, _late(home), broken.sequence, broken.fault)
    return Verdict(count, _late(home))


def verify_recent(home: Scope, *, most: int) -> tuple[int, Verdict]:
    """Walk the end of a company's chain, so many records; give the number of the first, and what came out.

    Of what is before them it says nothing, but that they follow on it.
    """
    count = 0

    def counted(records: int) -> None:
        nonlocal count
        count += records

    with scope.company(home.company_id, location=home.location):
        place = _BEGINNING
        try:
            place = _place(most)
            _verify(home, anchors={}, seen=counted, place=place)
        except _Broken as broken:
            return place[0] + 1, Verdict(count, _late(home), broken.sequence, broken.fault)
    return place[0] + 1, Verdict(count, _late(home))


def _place(most: int) -> tuple[int, bytes]:
    """Give number and hash of the record on which the last ones follow."""
    head = AuditHead.collection().find_one({"_id": scope.current().company_id}, {"sequence": 1}) or {"sequence": 0}
    before = head["sequence"] - most
    if before <= 0:
        return _BEGINNING
    found = AuditEvent.collection().find_one({"sequence": before}, {"hash": 1}, hint="sequence")
    if found is None:
        raise _Broken(before, f"sequence {before} is missing")
    return before, bytes(found["hash"])


def anchors_in(lines: Iterable[str]) -> dict[ObjectId, Anchors]:
    """Read the anchors of each company out of lines of a log; other lines are passed over."""
    found: dict[ObjectId, Anchors] = defaultdict(lambda: defaultdict(set))
    for line in lines:
        if '"audit.sealed"' in line:
            company_id, sequence, digest = _anchor(line)
            found[company_id][sequence].add(digest)
    return found


def _anchor(line: str) -> tuple[ObjectId, int, str]:
    try:
        fields = json.loads(line[line.index("{") :])
        return ObjectId(fields["company_id"]), int(fields["sequence"]), str(fields["hash"])
    except (ValueError, LookupError, TypeError) as error:
        raise ValueError(f"This is no anchor: {line.strip()[:100]}") from error


def _verify(
    home: Scope, *, anchors: Anchors, seen: Callable[[int], None], place: tuple[int, bytes] = _BEGINNING
) -> None:
    has_begun = home != conf.PLATFORM and not _waits(home)  # before the end is read: what waits goes when there is one
    head = AuditHead.collection().find_one({"_id": home.company_id})
    last, digest = place
    _check_end(home, head=head, number=last, digest=digest)
    for batch in _batches(last):
        for record in batch:
            digest = _checked(record, number=last + 1, after=digest)
            last += 1
            _compare(last, digest, anchors=anchors)
            _check_end(home, head=head, number=last, digest=digest)
        seen(len(batch))
    if last == 0 and head is None and has_begun:
        raise _Broken(1, "sequence 1 is missing: each company has a chain from its founding")
    _check_beyond(last, head=head, anchors=anchors)


def _batches(last: float) -> Iterator[list[Document]]:
    while batch := list(
        AuditEvent.collection().find({"sequence": {"$gt": last}}, sort=[("sequence", 1)], limit=conf.VERIFY_BATCH)
    ):
        yield batch
        last = batch[-1]["sequence"]


def _checked(record: Document, *, number: int, after: bytes) -> bytes:
    """Give the hash of a record that is as it was sealed."""
    if record["sequence"] != number:
        raise _Broken(number, f"sequence {number} is missing")
    if not is_sealed(record, number=number, after=after):
        raise _Broken(number, f"sequence {number} is not as it was sealed, or MASTER_KEY was another one then")
    return bytes(record["hash"])


def is_sealed(record: Document, *, number: int, after: object) -> bool:
    """Tell whether a record is as it was sealed under this number, following on the one with the hash `after`."""
    if not isinstance(after, bytes):
        return False
    try:
        digest = chain.link(record, after=after)
    except TypeError:  # it holds what no record of ours does
        return False
    seal = chain.seal(record["company_id"], sequence=number, digest=digest)
    return digest == record.get("hash") and _is_same(seal, record.get("seal"))


def _compare(number: int, digest: bytes, *, anchors: Anchors) -> None:
    if anchors.get(number, {digest.hex()}) != {digest.hex()}:
        raise _Broken(number, f"sequence {number} is another record than the log says")


def _check_end(home: Scope, *, head: Document | None, number: int, digest: bytes) -> None:
    """See that the chain has ended here once, where its end says so; it may have gone on."""
    if head is None or head["sequence"] != number:
        return
    seal = chain.head_seal(home.company_id, sequence=number, digest=digest)
    if head["hash"] != digest or not _is_same(seal, head.get("seal")):
        raise _Broken(number, f"sequence {number} is not where the chain ended: what came after it is missing")


def _check_beyond(last: int, *, head: Document | None, anchors: Anchors) -> None:
    if last > 0 and head is None:
        raise _Broken(last, f"sequence {last} may not be the last: the end of the chain is missing")
    if head is not None and head["sequence"] > last:
        raise _Broken(last + 1, f"sequence {last + 1} is missing")
    if any(number > last for number in anchors):
        raise _Broken(last + 1, f"sequence {last + 1} is missing: the log says that it was sealed")
    if AuditEvent.collection().find_one({"sequence": {"$not": {"$gt": 0}}}, {"_id": 1}) is not None:
        raise _Broken(0, "a record without a sequence was added")


def _is_same(seal: bytes, stored: object) -> bool:
    return isinstance(stored, bytes) and hmac.compare_digest(seal, stored)


def _waits(home: Scope) -> bool:
    return AuditPending.collection().find_one({"company_id": home.company_id}, {"_id": 1}) is not None


def _late(home: Scope) -> int:
    before = clock.now() - timedelta(seconds=conf.LATE_SECONDS)
    return AuditPending.collection().count_documents({"company_id": home.company_id, "at": {"$lt": before}})
