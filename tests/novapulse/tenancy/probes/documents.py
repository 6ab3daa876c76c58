"""The same two documents twice: on the scoped driver, and as MongoEngine alone has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from mongoengine import (
    CASCADE,
    Document,
    GenericReferenceField,
    IntField,
    LazyReferenceField,
    ListField,
    ObjectIdField,
    ReferenceField,
    StringField,
)

from novapulse.tenancy.document import TenantDocument

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Documents:
    """A family of documents."""

    Task: Any
    Owner: Any


class ProbedOwner(TenantDocument):
    """Somebody who owns tasks."""

    name = StringField()
    kin = StringField()
    meta = {"collection": "owners"}


class ProbedTask(TenantDocument):
    """A task with every kind of pointer."""

    title = StringField()
    n = IntField()
    owner = ReferenceField(ProbedOwner, reverse_delete_rule=CASCADE)
    lazy = LazyReferenceField(ProbedOwner)
    any = GenericReferenceField()
    many = ListField(ReferenceField(ProbedOwner))
    meta = {"collection": "tasks"}


class Bare(Document):
    """A document as MongoEngine has it, on a database that is given."""

    database: ClassVar[Callable[[], Any]]
    company_id = ObjectIdField()
    location = StringField()
    meta = {"abstract": True, "auto_create_index": False, "strict": False}

    @classmethod
    def _get_db(cls) -> Any:
        return Bare.database()

    @classmethod
    def _get_collection(cls) -> Any:
        return cls._get_db()[cls._get_collection_name()]


class BareOwner(Bare):
    """ProbedOwner, unscoped."""

    name = StringField()
    kin = StringField()
    meta = {"collection": "owners"}


class BareTask(Bare):
    """ProbedTask, unscoped."""

    title = StringField()
    n = IntField()
    owner = ReferenceField(BareOwner, reverse_delete_rule=CASCADE)
    lazy = LazyReferenceField(BareOwner)
    any = GenericReferenceField()
    many = ListField(ReferenceField(BareOwner))
    meta = {"collection": "tasks"}


SCOPED = Documents(ProbedTask, ProbedOwner)
BARE = Documents(BareTask, BareOwner)
