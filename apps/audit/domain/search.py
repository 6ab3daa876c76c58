"""What a company sees of its records: lists by their time, and the whole chain by its numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from apps.audit import conf
from apps.audit.documents import AuditEvent
from apps.audit.domain import chain, sealing
from novapulse.data import keyset
from novapulse.tenancy import scope
from novapulse.web import rendering

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Document = dict[str, Any]

SORTS: Final = {"at": keyset.Order("at"), "-at": keyset.Order("at", descending=True)}
DEFAULT_SORT: Final = "-at"

# Which index serves which filter: the narrowest first, since a thing has fewer records than a member.
_INDEXES: Final = (("target", "target.id"), ("actor", "actor.membership_id"), ("action", "action"))


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """Which records, in which order, how many.

    among: for a field the values of which one must be its. within: bounds of `at`, `$gte` or `$lt`. sort: of `SORTS`.
    """

    limit: int
    among: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    within: Mapping[str, Any] = field(default_factory=dict)
    sort: str = DEFAULT_SORT


def present(document: Mapping[str, Any]) -> Document:
    """Give what the API shows of a sealed record."""
    return {**chain.shown(document), "hash": document["hash"].hex()}


def page(search: AuditSearch, *, after: keyset.Position | None = None) -> keyset.Page:
    """Read one page of the bound company's records: one command, and one that finds what waits, to seal it first.

    So whoever has just done something finds it here.
    """
    seal_own()
    return keyset.page(AuditEvent.collection(), walk(search), after=after)


def walk(search: AuditSearch) -> keyset.Walk:
    """Say how the list is read: by which filter, order and index."""
    where: Document = {name: {"$in": list(values)} for name, values in search.among.items()}
    if search.within:
        where["at"] = dict(search.within)
    index, leading = next((each for each in _INDEXES if each[1] in search.among), ("all", None))
    return keyset.Walk(where, SORTS[search.sort], search.limit, hint=index, leading=leading)


def lines(*, after: int) -> Iterator[bytes]:
    """Give the bound company's records behind a number, by their numbers, line by line (NDJSON).

    For whoever reads them once the company's scope is left, such as the server; the first are read at once.
    """
    seal_own()
    bound, first = scope.current(), _batch(after)

    def within() -> Iterator[bytes]:
        batch = first
        while batch:
            yield b"".join(rendering.encode(present(each)) + b"\n" for each in batch)
            with scope.company(bound.company_id, location=bound.location):
                batch = _batch(batch[-1]["sequence"])

    return within()


def seal_own() -> None:
    """Seal what waits of the bound company: one command where nothing does."""
    for home in sealing.homes([scope.current().company_id]):
        sealing.seal(home)


def _batch(after: int) -> list[Document]:
    found = AuditEvent.collection().find(
        {"sequence": {"$gt": after}}, sort=[("sequence", 1)], limit=conf.EXPORT_BATCH, hint="sequence"
    )
    return list(found)
