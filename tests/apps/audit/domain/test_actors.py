"""Who is said to have done something."""

from __future__ import annotations

from bson import ObjectId

from apps.audit.domain import actors
from apps.audit.domain.actors import Actor
from apps.audit.enums import ActorKind
from novapulse import context
from novapulse.context import Principal

SOMEBODY = Actor(ActorKind.PERSON, ObjectId())


def test_whoever_has_signed_the_request_has_done_it() -> None:
    principal = Principal("service", ObjectId(), ObjectId(), ObjectId(), "member")
    context.begin_request("request-1")
    context.authenticate(principal)

    ids = (principal.identity_id, principal.membership_id, principal.credential_id)
    assert actors.current() == Actor(ActorKind.SERVICE, *ids, "member")


def test_staff_who_act_as_somebody_have_done_it_in_that_persons_place() -> None:
    principal = Principal("person", ObjectId(), ObjectId(), ObjectId(), "member", operator="ada@staff.example")
    context.begin_request("request-1")
    context.authenticate(principal)

    ids = (principal.identity_id, principal.membership_id, principal.credential_id)
    ada = Actor(ActorKind.OPERATOR, *ids, "member", "ada@staff.example")
    assert (actors.current(), actors.current(SOMEBODY)) == (ada, ada)


def test_a_request_that_nobody_has_signed_is_of_nobody_known() -> None:
    context.begin_request("request-1")

    assert actors.current() == Actor(ActorKind.ANONYMOUS)


def test_a_task_and_a_thread_are_the_systems() -> None:
    assert actors.current() == Actor(ActorKind.SYSTEM)
    context.begin_request("request-1").task_id = "task-1"

    assert actors.current() == Actor(ActorKind.SYSTEM, name="task-1")


def test_whoever_is_named_takes_the_place_of_the_context_but_never_of_an_operator() -> None:
    context.begin_request("request-1")
    assert actors.current(SOMEBODY) == SOMEBODY

    with context.operating("ann"):
        assert actors.current(SOMEBODY) == Actor(ActorKind.OPERATOR, name="ann")
