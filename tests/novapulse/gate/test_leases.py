"""What is in flight, and what goes back to Redis."""

from __future__ import annotations

from novapulse.gate.leases import Leases


def test_names_are_unique_over_processes_too() -> None:
    first, second = Leases(), Leases()
    names = {leases.name() for leases in (first, second) for _ in range(100)}

    assert len(names) == 200


def test_requests_are_counted_for_their_own_company() -> None:
    leases = Leases()
    leases.begin("acme")
    leases.begin("acme")
    leases.begin("rival")
    leases.end("acme", lease="")

    assert (leases.in_flight("acme"), leases.in_flight("rival"), leases.in_flight("nobody")) == (1, 1, 0)


def test_a_lease_that_is_over_is_taken_once() -> None:
    leases = Leases()
    leases.begin("acme")
    leases.end("acme", lease="one")

    assert leases.over("rival") == []
    assert leases.over("acme") == ["one"]
    assert leases.over("acme") == []
    assert leases.all_over() == {}


def test_what_redis_did_not_take_is_kept() -> None:
    leases = Leases()
    leases.restore({"acme": ["one"], "rival": ["two"]})
    taken = leases.all_over()
    leases.restore(taken)

    assert leases.all_over() == {"acme": ["one"], "rival": ["two"]}


def test_a_request_that_redis_knows_nothing_of_gives_nothing_back() -> None:
    leases = Leases()
    leases.begin("acme")
    leases.end("acme", lease="")

    assert leases.all_over() == {}


def test_a_company_that_has_nothing_to_give_back_is_not_named() -> None:
    leases = Leases()
    leases.restore({"acme": []})

    assert leases.all_over() == {}
