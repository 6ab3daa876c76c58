"""Events: there if and only if their change is, and fanned out to who wants them, once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.webhooks import conf
from apps.webhooks.domain import endpoints, happenings
from apps.webhooks.domain.endpoints import NewEndpoint
from novapulse.data import events, transaction
from novapulse.data.events import Event
from tests import queues
from tests.apps.webhooks.conftest import URL

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.database import Database

    from tests.api import Api
    from tests.commands import Commands
    from tests.people import Person
    from tests.receivers import Receiver

GREETING = Event("task.created", {"id": ObjectId("1" * 24)})
TELL = [GREETING] * 3


class Undone(Exception):  # noqa: N818  a test's own
    """What goes wrong after the event was told."""


def test_events_are_written_with_their_change_or_not_at_all(desk: Person, database: Database[dict[str, Any]]) -> None:
    endpoints.create(NewEndpoint(URL))

    def fail() -> None:
        events.tell(lambda: TELL)
        raise Undone

    with pytest.raises(Undone):
        transaction.run(fail)
    undone = _counts(database)
    transaction.run(lambda: events.tell(lambda: TELL))

    assert (undone, _counts(database)) == ((0, 0), (3, 1))


def test_without_an_endpoint_nothing_is_written(desk: Person, database: Database[dict[str, Any]]) -> None:
    made = endpoints.create(NewEndpoint(URL)).endpoint
    endpoints.update(made["_id"], changes={"status": "disabled"}, version=1)

    transaction.run(lambda: events.tell(lambda: TELL))

    assert _counts(database) == (0, 0)


def test_a_change_with_an_endpoint_takes_two_commands_more_however_many_events_it_has(
    desk: Person, commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "KNOWN_SECONDS", 0.1)
    endpoints.create(NewEndpoint(URL))
    monkeypatch.setattr(conf, "KNOWN_SECONDS", 600)
    transaction.run(lambda: events.tell(lambda: TELL))

    with commands.counted() as names:
        transaction.run(lambda: events.tell(lambda: [GREETING] * 500))

    assert names[:3] == ["insert", "insert", "commitTransaction"]  # what follows is the sending


def test_an_event_is_kept_in_the_bytes_that_are_sent(desk: Person) -> None:
    (document,) = happenings.written([GREETING])

    body = json.loads(document["body"])
    assert (set(body), body["type"], body["data"]) == ({"type", "timestamp", "data"}, "task.created", {"id": "1" * 24})


def test_each_endpoint_gets_what_it_wants_and_a_rivals_nothing(
    acme: Api, rival: Api, there: Receiver, new_webhook: Callable[..., Any]
) -> None:
    theirs = rival.post("/webhooks", {"url": there.url}).json()
    everything, disabled = (new_webhook(url=there.url) for _ in range(2))
    tasks = new_webhook(url=there.url, event_types=["task.created"])
    acme.patch(f"/webhooks/{disabled['id']}", {"status": "disabled"}, version=1)

    project = acme.post("/projects", {"key": "APP", "name": "App"}).json()
    acme.post("/tasks", {"project_id": project["id"], "title": "A task"})
    queues.drain()

    assert _types(acme, everything) == ["project.created", "task.created"]
    assert _types(acme, tasks) == ["task.created"]
    assert _types(acme, disabled) == []
    assert _types(rival, theirs) == []


def test_members_who_join_change_roles_and_leave_are_told_of(
    acme: Api, there: Receiver, new_webhook: Callable[..., Any], new_member: Callable[..., Api]
) -> None:
    webhook = new_webhook(url=there.url)

    member = new_member(acme, "viewer")
    path = f"/members/{member.user['membership_id']}"
    assert acme.patch(path, {"role": "member"}, If_Match=acme.get(path)["ETag"]).status_code == 200
    assert acme.delete(path, If_Match=acme.get(path)["ETag"]).status_code == 204
    acme.post("/api-keys", {"name": "Robot", "service_account": {"name": "Robot", "role": "viewer"}})
    queues.drain()

    joined, changed, removed, robot = _bodies(acme)
    assert _types(acme, webhook) == ["member.joined", "member.joined", "member.removed", "member.role_changed"]
    assert (joined["data"]["email"], joined["data"]["role"]) == ("viewer@acme.example", "viewer")
    assert (changed["data"]["role"], removed["data"]["status"], robot["data"]["kind"]) == ("member", "ended", "service")


def test_more_events_than_a_transaction_should_take_are_fanned_out_in_parts(
    desk: Person, there: Receiver, database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "FAN_OUT_MOST", 2)
    endpoint = endpoints.create(NewEndpoint(there.url)).endpoint

    transaction.run(lambda: events.tell(lambda: [GREETING] * 5))
    queues.drain()

    assert database.webhook_deliveries.count_documents({"endpoint_id": endpoint["_id"]}) == 5


def _counts(database: Database[dict[str, Any]]) -> tuple[int, int]:
    return database.webhook_events.count_documents({}), database.outbox.count_documents({})


def _types(api: Api, webhook: dict[str, Any]) -> list[str]:
    return sorted(each["event_type"] for each in api.get(f"/webhooks/{webhook['id']}/deliveries").json()["data"])


def _bodies(api: Api) -> list[dict[str, Any]]:
    from apps.webhooks.documents import WebhookEvent  # noqa: PLC0415  once the apps are ready
    from novapulse.tenancy import scope  # noqa: PLC0415  as above

    with scope.company(api.company_id, location="DE"):
        return [json.loads(each["body"]) for each in WebhookEvent.collection().find(sort=[("_id", 1)])]
