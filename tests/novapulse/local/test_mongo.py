"""MongoDB on this machine."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import MongoClient

from novapulse.local import state
from novapulse.local.guard import guarding
from novapulse.local.mongo import MONGO
from novapulse.local.stack import up

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.servers


def test_mongodb_keeps_its_data_when_its_port_changes(folder: Path) -> None:
    with guarding(folder) as guard:
        urls = up(folder, guard=guard, wanted=[MONGO])
        with MongoClient[dict[str, Any]](urls["MONGO_URI"]) as client:
            client.novapulse.kept.insert_one({"_id": 1})
    port = state.read(folder)["mongo"].port
    with socket.create_server(("127.0.0.1", port)), guarding(folder) as guard:
        moved = up(folder, guard=guard, wanted=[MONGO])
        with MongoClient[dict[str, Any]](moved["MONGO_URI"], serverSelectionTimeoutMS=5000) as client:
            assert client.novapulse.kept.find_one() == {"_id": 1}
            assert moved != urls


def test_mongodb_takes_the_failpoints_by_which_tests_inject_faults(folder: Path) -> None:
    with guarding(folder) as guard:
        urls = up(folder, guard=guard, wanted=[MONGO])
        with MongoClient[dict[str, Any]](urls["MONGO_URI"]) as client:
            assert client.admin.command("configureFailPoint", "failCommand", mode="off")["ok"] == 1
