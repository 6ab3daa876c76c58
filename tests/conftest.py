"""What most tests stand on: the stores of this worker, empty; companies, and people in them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core import mail
from pymongo import MongoClient
from pymongo.uri_parser import parse_uri
from redis.connection import AbstractConnection

from novapulse import context
from novapulse.data import registry
from novapulse.data.mongo import MongoOptions, MongoProvider
from novapulse.gate import gate
from novapulse.gate.gate import Gate
from novapulse.gate.store import GateStore
from novapulse.queues import figures, names
from tests import faults
from tests.api import PASSWORD, Api, sign_up
from tests.commands import Commands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymongo.collection import Collection
    from pymongo.database import Database

    from novapulse.data.sqs import SqsProvider


@pytest.fixture(autouse=True)
def _outside_of_a_request() -> None:
    """Begin outside of any request, whatever the test before in this thread has begun and left."""
    context.begin_request(context.NO_REQUEST)


@pytest.fixture(scope="session")
def mongo_uri() -> str:
    """Tell where this worker's MongoDB is, its database included."""
    return str(settings.MONGO_URI)


@pytest.fixture(scope="session")
def mongo_database(mongo_uri: str) -> str:
    """Name this worker's database."""
    return str(parse_uri(mongo_uri)["database"])


@pytest.fixture(scope="session")
def plain_database(mongo_uri: str, mongo_database: str) -> Iterator[Database[dict[str, Any]]]:
    """Give the same database through a plain client, which knows nothing of companies."""
    with MongoClient[dict[str, Any]](mongo_uri, tz_aware=True, w="majority") as client:
        yield client[mongo_database]


@pytest.fixture(scope="session")
def _indexes() -> None:
    """Build what `manage.py ensure_indexes --apply` builds, once per worker."""
    from apps.operations.domain import indexes  # noqa: PLC0415  once the apps are ready

    indexes.apply(indexes.plan())


@pytest.fixture
def database(_indexes: None, plain_database: Database[dict[str, Any]]) -> Iterator[Database[dict[str, Any]]]:
    """Give an empty database; afterwards no command may have been without its company."""
    from apps.auth import api as auth_api  # noqa: PLC0415  once the apps are ready
    from novapulse.tenancy import guard  # noqa: PLC0415  as above

    for name in _filled(plain_database):
        if name != "signing_keys":  # processes hold them in memory
            plain_database[name].delete_many({})
    guard.reset()
    figures._take()  # what other tests have counted and not yet written
    names.use(replace(names.current(), prefix=f"test-{uuid4().hex}"))  # so that no message of another test arrives
    yield plain_database
    auth_api.flush_last_used()  # what is noted goes to the database that it is about
    assert guard.violations() == 0


def _filled(database: Database[dict[str, Any]]) -> list[str]:
    """Name the collections that hold something, in two commands however many there are."""

    def one_of(name: str) -> list[dict[str, Any]]:
        return [{"$limit": 1}, {"$project": {"_id": 0, "name": {"$literal": name}}}]

    first, *others = database.list_collection_names()
    union = ({"$unionWith": {"coll": name, "pipeline": one_of(name)}} for name in others)
    return [found["name"] for found in database[first].aggregate([*one_of(first), *union])]


@pytest.fixture
def queues(database: object) -> SqsProvider:
    """Make what `manage.py ensure_queues --apply` makes, under the names of this test; gives SQS."""
    from novapulse.queues import setup  # noqa: PLC0415  once the apps are ready

    setup.apply(setup.plan())
    return setup.sqs()


@pytest.fixture
def own_keys(database: Database[dict[str, Any]]) -> Iterator[Collection[dict[str, Any]]]:
    """Let a test change the signing keys, and other tests find theirs again."""
    from apps.auth.domain.key_ring import ring  # noqa: PLC0415  once the apps are ready

    kept = list(database.signing_keys.find())
    ring.refresh()
    yield database.signing_keys
    database.signing_keys.delete_many({})
    if kept:
        database.signing_keys.insert_many(kept)
    ring.refresh()


@pytest.fixture
def new_company(database: object) -> Callable[..., Api]:
    """Found companies: `new_company("acme")` gives the owner's client."""
    return sign_up


@pytest.fixture
def acme(new_company: Callable[..., Api]) -> Api:
    """Give the owner of a company."""
    return new_company("acme")


@pytest.fixture
def rival(new_company: Callable[..., Api]) -> Api:
    """Give the owner of another company, whose data must never show."""
    return new_company("rival", country="FR")


@pytest.fixture
def new_member() -> Callable[..., Api]:
    """Invite somebody into a company: `new_member(acme, "viewer")` gives their client."""
    return _joined


def _joined(owner: Api, role: str, *, email: str | None = None) -> Api:
    email = email or f"{role}@{owner.company['slug']}.example"
    assert owner.post("/invitations", {"email": email, "role": role}).status_code == 201
    token = mail.outbox[-1].body.split("token=")[1].split()[0]
    body = {"token": token, "name": role.title(), "password": PASSWORD}
    accepted = Api().post("/invitations:accept", body).json()
    member = Api(accepted["access_token"], accepted["refresh_token"], email, owner.company)
    member.user = {**member.get("/me").json()}
    return member


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Note every command that MongoDB gets from this process, by its name."""
    from novapulse.tenancy.guard import TenancyGuard  # noqa: PLC0415  once the apps are ready

    noted, look = Commands(), TenancyGuard.started

    def started(guard: TenancyGuard, event: Any) -> None:
        noted.names.append(event.command_name)
        look(guard, event)

    monkeypatch.setattr(TenancyGuard, "started", started)
    return noted


@pytest.fixture
def redis_commands(monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Note every command that Redis gets from this process, by its name; not what scripts call."""
    noted, send = Commands(), AbstractConnection.send_command

    def sent(connection: AbstractConnection, *arguments: Any, **options: Any) -> None:
        noted.names.append(str(arguments[0]))
        send(connection, *arguments, **options)

    monkeypatch.setattr(AbstractConnection, "send_command", sent)
    return noted


@pytest.fixture
def no_mongodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let MongoDB be at a port where nobody listens."""
    from config.apps import scoped_client  # noqa: PLC0415  once the apps are ready
    from novapulse.tenancy import document  # noqa: PLC0415  as above

    options = MongoOptions(uri=f"mongodb://127.0.0.1:{faults.refusing_port()}/novapulse", server_selection_ms=200)
    provider, usual = MongoProvider(options, client_class=scoped_client), registry.provider("mongodb")
    monkeypatch.setitem(registry._providers, "mongodb", provider)
    document.use_database(provider.database)
    yield
    document.use_database(usual.database)  # type: ignore[attr-defined]  # as above
    provider.close()


@pytest.fixture
def redis_away() -> Iterator[Gate]:
    """Let nobody answer where Redis should be."""
    real = gate.current()
    store = GateStore(f"redis://127.0.0.1:{faults.refusing_port()}/0")
    gate.use(Gate(store, truth_of=real._truths._load, lease_seconds=30))
    yield gate.current()
    gate.use(real)
