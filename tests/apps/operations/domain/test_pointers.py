"""What documents declare of their references."""

from bson import ObjectId
from mongoengine import ListField, ObjectIdField

from apps.operations.domain import pointers
from novapulse.tenancy.document import TenantDocument

ID = ObjectId()


class Bare(TenantDocument):
    """A document that declares some, and forgets one."""

    other_id = ObjectIdField()
    forgotten_ids = ListField(ObjectIdField())
    own_id = ObjectIdField()

    meta = {
        "collection": "bare",
        "references": {"other_id": "tasks"},
        "mentions": {"target.id": {"target.type": {"task": "tasks"}}, "deep.ids": ("jobs", "tasks")},
        "no_references": ("own_id",),
    }


def test_a_field_of_which_nothing_is_declared_is_told() -> None:
    assert pointers.undeclared(Bare) == ["forgotten_ids"]


def test_what_is_declared_is_read() -> None:
    other, target, deep = pointers.pointers(Bare)

    assert (other.path, other.collections, other.may_be_gone) == ("other_id", ("tasks",), False)
    assert (target.path, target.only, target.may_be_gone) == ("target.id", ("target.type", "task"), True)
    assert deep.collections == ("jobs", "tasks")


def test_ids_are_found_however_deep_and_as_text_as_well() -> None:
    _, target, deep = pointers.pointers(Bare)

    assert list(deep.ids({"deep": [{"ids": [ID]}, {"ids": str(ID)}, {"ids": None}, {}]})) == [ID, ID]
    assert list(target.ids({"target": {"type": "task", "id": ID}})) == [ID]
    assert list(target.ids({"target": {"type": "project", "id": ID}})) == []
    assert list(target.ids({"target": None})) == []


def test_what_is_no_id_is_given_as_its_text() -> None:
    assert pointers.as_id({"$ne": None}) == "{'$ne': None}"
