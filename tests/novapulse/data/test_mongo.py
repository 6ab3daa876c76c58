"""MongoDB behind the provider interface."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

import pytest
from bson.binary import UuidRepresentation
from mongoengine.errors import OperationError
from pymongo import MongoClient, ReadPreference, errors
from pymongo.read_preferences import SecondaryPreferred

from novapulse.data import mongo
from novapulse.data.mongo import MongoOptions, MongoProvider
from novapulse.data.prompt_client import PromptMongoClient
from novapulse.errors import TimedOut, Unavailable
from novapulse.local.mongo import MONGO
from novapulse.local.private import running_services
from novapulse.resilience import deadline
from tests.faults import black_hole, frozen, quickest_seconds_of, refusing_port, server_of
from tests.novapulse.data.conformance import Conformance
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Connect = Callable[..., MongoProvider]


@pytest.fixture
def connect(mongo_uri: str) -> Iterator[Connect]:
    """Make providers, by default of this worker's server, that are closed after the test."""
    made: list[MongoProvider] = []

    def make(uri: str = mongo_uri, *, client_class: Any = MongoClient, **options: Any) -> MongoProvider:
        options.setdefault("server_selection_ms", 20_000)  # however busy the machine is
        made.append(MongoProvider(MongoOptions(uri, **options), client_class=client_class))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


def failing(provider: MongoProvider, family: type[Exception]) -> None:
    with pytest.raises(family):
        provider.ping()


def test_the_options_reach_the_driver(connect: Connect) -> None:
    provider = connect(
        max_pool_size=7,
        min_pool_size=3,
        max_idle_ms=11_000,
        server_selection_ms=1_500,
        connect_ms=900,
        socket_ms=4_000,
        application="suite",
    )
    options = provider.client().options

    assert options.pool_options.max_pool_size == 7
    assert options.pool_options.min_pool_size == 3
    assert options.pool_options.max_idle_time_seconds == 11
    assert options.pool_options.connect_timeout == 0.9
    assert options.pool_options.socket_timeout == 4
    assert options.pool_options.wait_queue_timeout == 1.5
    assert options.pool_options.appname == "suite"
    assert options.server_selection_timeout == 1.5


def test_writes_are_durable_and_retried_whatever_the_uri_says(connect: Connect, mongo_uri: str) -> None:
    client = connect(f"{mongo_uri}&w=1&journal=false&retryWrites=false&retryReads=false").client()

    assert client.write_concern.document == {"w": "majority", "j": True}
    assert client.options.retry_writes is True
    assert client.options.retry_reads is True


def test_the_read_preference_reaches_the_driver(connect: Connect) -> None:
    preferred = connect(read_preference="secondaryPreferred").client().read_preference

    assert preferred == SecondaryPreferred(max_staleness=90)
    assert connect(read_preference="primary").client().read_preference == ReadPreference.PRIMARY


def test_times_come_back_aware_and_uuids_as_the_standard_has_them(connect: Connect) -> None:
    codec_options = connect().client().codec_options

    assert codec_options.tz_aware is True
    assert codec_options.uuid_representation == UuidRepresentation.STANDARD


def test_the_database_is_the_one_that_the_uri_names(connect: Connect, mongo_database: str) -> None:
    assert connect().database().name == mongo_database
    assert MongoOptions("mongodb://127.0.0.1/").database_name() == "novapulse"


def test_nothing_connects_before_the_first_use(connect: Connect) -> None:
    provider = connect(f"mongodb://127.0.0.1:{refusing_port()}/")

    assert provider._client is None
    assert provider.pool() == {"open": 0, "in_use": 0, "max": 10}


def test_threads_that_come_at_once_share_one_client(connect: Connect) -> None:
    provider, seen = connect(), []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        seen.append(provider.client())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(map(id, seen))) == 1


def test_health_tells_latency_and_pool(connect: Connect) -> None:
    provider = connect(min_pool_size=0)
    health = provider.health()

    assert health.ok
    assert 0 < health.latency_ms < 20_000
    assert health.pool == {"open": 1, "in_use": 0, "max": 10}


def test_the_pool_tells_how_many_connections_are_busy(connect: Connect) -> None:
    provider = connect(min_pool_size=0)
    provider.database().probe.insert_many([{}, {}, {}])
    with provider.client().start_session() as session, session.start_transaction():
        cursor = provider.database().probe.find(batch_size=1, session=session)
        next(cursor)
        assert provider.pool()["open"] >= 1

    assert provider.pool()["in_use"] == 0
    provider.database().drop_collection("probe")


def test_a_closed_provider_connects_afresh(connect: Connect) -> None:
    provider = connect()
    provider.ping()
    late = provider._figures
    provider.close()
    late.connection_created(None)  # type: ignore[arg-type]  # one that the pool was making, as a thread of its own does

    assert provider.pool() == {"open": 0, "in_use": 0, "max": 10}
    assert provider.health().ok


def test_a_refused_port_is_unavailable_after_the_selection_time(connect: Connect) -> None:
    provider = connect(f"mongodb://127.0.0.1:{refusing_port()}/?replicaSet=rs0", server_selection_ms=300)

    with pytest.raises(Unavailable):
        provider.ping()
    assert quickest_seconds_of(provider.health) < 0.6
    assert not provider.health().ok


def test_a_server_that_never_answers_is_unavailable_after_the_selection_time(connect: Connect) -> None:
    with black_hole() as port:
        provider = connect(f"mongodb://127.0.0.1:{port}/?replicaSet=rs0", server_selection_ms=300, connect_ms=300)

        assert quickest_seconds_of(lambda: failing(provider, Unavailable)) < 0.8


def test_a_uri_without_a_servers_name_is_unavailable_and_no_crash(connect: Connect) -> None:
    assert not connect("mongodb://no-such-host.invalid/", server_selection_ms=200).health().ok


@pytest.mark.servers
def test_a_frozen_server_costs_no_longer_than_the_selection_time_and_recovers_by_itself(connect: Connect) -> None:
    with running_services(wanted=[MONGO]) as urls:
        provider = connect(urls["MONGO_URI"], server_selection_ms=500)
        wait_until(lambda: provider.health().ok)
        with frozen(server_of(urls["MONGO_URI"])):
            assert quickest_seconds_of(lambda: failing(provider, Unavailable)) < 1.0
        wait_until(lambda: provider.health().ok)
        provider.close()


def test_a_client_that_was_made_before_a_fork_works_in_parent_and_child(connect: Connect) -> None:
    provider = connect()
    provider.ping()
    parents = provider.client()
    child = os.fork()
    if child == 0:
        works = provider.health().ok and provider.client() is not parents and provider.pool()["open"] >= 1
        os._exit(0 if works else 1)

    assert os.waitpid(child, 0)[1] == 0
    assert provider.client() is parents
    assert provider.health().ok


def test_a_budget_bounds_what_the_server_does(connect: Connect) -> None:
    endless = {"$expr": {"$function": {"body": "function() { while (true) {} }", "args": [], "lang": "js"}}}
    database = connect().database()
    database.probe.insert_one({})

    with pytest.raises(errors.PyMongoError) as failed, mongo.budget(0.3):
        database.probe.find_one(endless)

    assert isinstance(mongo.trouble_of(failed.value), TimedOut)
    database.drop_collection("probe")


def labelled(error: errors.PyMongoError, label: str) -> errors.PyMongoError:
    error._add_error_label(label)
    return error


def wrapped(cause: Exception) -> Exception:
    outer = OperationError("wrapped")
    outer.__cause__ = cause
    return outer


@pytest.mark.parametrize(
    ("error", "family"),
    [
        (errors.ServerSelectionTimeoutError("no server"), Unavailable),
        (errors.WaitQueueTimeoutError("no connection"), Unavailable),
        (errors.AutoReconnect("lost"), TimedOut),
        (errors.NetworkTimeout("late"), TimedOut),
        (errors.ExecutionTimeout("late", 50), TimedOut),
        (errors.NotPrimaryError("stepped down"), TimedOut),
        (labelled(errors.AutoReconnect("lost"), "TransientTransactionError"), Unavailable),
        (labelled(errors.OperationFailure("conflict", 112), "TransientTransactionError"), Unavailable),
        (labelled(errors.ExecutionTimeout("late", 50), "TransientTransactionError"), Unavailable),
        (labelled(errors.ServerSelectionTimeoutError("no server"), "UnknownTransactionCommitResult"), TimedOut),
        (labelled(errors.OperationFailure("commit"), "UnknownTransactionCommitResult"), TimedOut),
        (wrapped(errors.ExecutionTimeout("late", 50)), TimedOut),
        (wrapped(errors.ServerSelectionTimeoutError("no server")), Unavailable),
    ],
)
def test_a_drivers_error_becomes_the_trouble_that_says_whether_a_retry_is_safe(
    error: Exception, family: type[Exception]
) -> None:
    assert type(mongo.trouble_of(error)) is family


@pytest.mark.parametrize(
    "error", [errors.DuplicateKeyError("twice"), errors.OperationFailure("no such command", 59), ValueError("ours")]
)
def test_a_mistake_of_ours_is_no_trouble_of_the_database(error: Exception) -> None:
    assert mongo.trouble_of(error) is None


def test_no_trouble_names_a_host() -> None:
    trouble = mongo.trouble_of(errors.ServerSelectionTimeoutError("10.0.0.7:27017: refused"))

    assert trouble is not None
    assert "10.0.0.7" not in trouble.detail


def test_a_list_whose_index_is_missing_is_unavailable_and_the_operator_is_told(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    database = connect().database()

    with pytest.raises(errors.OperationFailure) as raised:
        database["missing_index"].insert_one({}) and list(database["missing_index"].find({}, hint="not_built"))

    trouble = mongo.trouble_of(raised.value)
    assert isinstance(trouble, Unavailable)
    assert "index_missing" in caplog.messages


class TestConformance(Conformance):
    """MongoDB is a provider like the others, with the client that searches behind the breaker."""

    @pytest.fixture
    def provider(self, connect: Connect) -> MongoProvider:
        return connect(client_class=PromptMongoClient)

    @pytest.fixture
    def lost(self, connect: Connect) -> MongoProvider:
        uri = f"mongodb://127.0.0.1:{refusing_port()}/novapulse"
        return connect(uri, client_class=PromptMongoClient, server_selection_ms=500)


def test_a_primary_that_hangs_is_noticed_within_a_heartbeat_and_two_seconds(connect: Connect) -> None:
    assert connect().client().options.pool_options.connect_timeout == 2
    assert connect().client()._topology_settings.heartbeat_frequency == 1


def test_a_transaction_that_failed_because_its_time_is_over_is_a_timeout() -> None:
    failed = labelled(errors.NetworkTimeout("late"), "TransientTransactionError")
    with deadline.opened(0):
        assert isinstance(mongo.trouble_of(failed), TimedOut)
    with deadline.opened(5):
        assert isinstance(mongo.trouble_of(failed), Unavailable)
