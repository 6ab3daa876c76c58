"""The routes of webhooks, as a client meets them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bson import ObjectId

from apps.webhooks import conf, urls
from tests.apps.webhooks.conftest import URL

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api import Api


def test_a_webhook_is_created_and_shows_its_secret_once(acme: Api) -> None:
    response = acme.post("/webhooks", {"url": URL, "event_types": ["task.created", "task.created"]})

    made = response.json()
    assert (response.status_code, response["ETag"], response["Cache-Control"]) == (201, '"1"', "no-store")
    assert response["Location"] == f"/api/v1/webhooks/{made['id']}"
    assert made["secret"].startswith("whsec_")
    shown = acme.get(response["Location"]).json()
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    assert (shown["event_types"], shown["status"], shown["description"]) == (["task.created"], "active", "")


def test_webhooks_are_listed_page_by_page(acme: Api, new_webhook: Callable[..., Any], theirs: object) -> None:
    made = [new_webhook(description=str(place))["id"] for place in range(3)]

    first = acme.get("/webhooks?limit=2").json()
    second = acme.get(f"/webhooks?limit=2&cursor={first['next_cursor']}").json()

    assert [each["id"] for each in [*first["data"], *second["data"]]] == made
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/in",
        "http://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://user:secret@example.com/",
        "ftp://example.com/",
        "https://example.com:22/",
        "not a url",
        f"https://example.com/{'x' * conf.URL_MAX}",
        None,
        7,
    ],
)
def test_a_url_that_nothing_may_be_sent_to_is_refused(acme: Api, url: Any) -> None:
    created = acme.post("/webhooks", {"url": url})

    assert (created.status_code, created.json()["errors"][0]["pointer"]) == (400, "/url")


def test_a_webhook_is_not_moved_to_where_nothing_may_be_sent(acme: Api, new_webhook: Callable[..., Any]) -> None:
    webhook = new_webhook()

    response = acme.patch(f"/webhooks/{webhook['id']}", {"url": "http://10.0.0.1/"}, version=1)

    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, "bad-destination")


@pytest.mark.parametrize("types", [[], ["task.renamed"], "task.created", [None]])
def test_event_types_are_of_the_published_ones(acme: Api, types: Any) -> None:
    assert acme.post("/webhooks", {"url": URL, "event_types": types}).status_code == 400


def test_a_webhook_is_changed_disabled_and_deleted(acme: Api, new_webhook: Callable[..., Any]) -> None:
    path = f"/webhooks/{new_webhook(description='Ours', event_types=['task.created'])['id']}"

    changed = acme.patch(path, {"description": None, "event_types": None, "status": "disabled"}, version=1)
    stale, blind = acme.patch(path, {"status": "active"}, version=1), acme.delete(path)

    assert (changed.status_code, changed["ETag"]) == (200, '"2"')
    assert [changed.json()[name] for name in ("description", "event_types", "status", "disabled_reason")] == [
        *("", None, "disabled", "requested")
    ]
    assert (stale.status_code, blind.status_code) == (412, 428)
    assert acme.delete(path, version=2).status_code == 204
    assert acme.get(path).status_code == 404


def test_a_webhook_that_was_read_is_not_sent_again(acme: Api, new_webhook: Callable[..., Any]) -> None:
    assert acme.get(f"/webhooks/{new_webhook()['id']}", If_None_Match='"1"').status_code == 304


def test_a_rotation_shows_another_secret_once(acme: Api, new_webhook: Callable[..., Any]) -> None:
    webhook = new_webhook()

    response = acme.post(f"/webhooks/{webhook['id']}:rotate-secret")

    assert (response.status_code, response["ETag"], response["Cache-Control"]) == (200, '"2"', "no-store")
    assert response.json()["secret"] != webhook["secret"]
    assert "secret" not in acme.get(f"/webhooks/{webhook['id']}").json()


def test_one_webhook_too_many_is_a_conflict(acme: Api, new_webhook: Callable[..., Any], theirs: object) -> None:
    for _ in range(conf.ENDPOINTS_MOST):
        new_webhook()

    refused = acme.post("/webhooks", {"url": URL})

    assert (refused.status_code, refused.json()["code"]) == (409, "too-many-webhooks")


def test_a_foreign_webhook_answers_like_one_that_does_not_exist(acme: Api, rival: Api, theirs: dict[str, Any]) -> None:
    """On every route; theirs stays as it was, and to its owner it answers."""
    before = rival.get(f"/webhooks/{theirs['id']}").json()
    answers = {}
    for route in urls.api:
        for method in route.callback.cls.operations:
            if "webhook_id" in str(route.pattern):
                answers[f"{method} {route.name}"] = _asked_for(acme, method, route, theirs)

    assert {name: (foreign, unknown) for name, (foreign, unknown) in answers.items() if foreign != unknown} == {}
    assert {status for (status, _), _ in answers.values()} == {404}
    assert len(answers) == 7
    assert rival.get(f"/webhooks/{theirs['id']}").json() == before
    assert "Secret" not in acme.get("/webhooks").content.decode()


def _asked_for(acme: Api, method: str, route: Any, theirs: dict[str, Any]) -> list[tuple[int, str]]:
    """Ask for a foreign id and for one that nothing has; mask what differs by nature."""
    found = []
    for id_ in (theirs["id"], str(ObjectId())):
        path = "/" + str(route.pattern).replace("<oid:webhook_id>", id_)
        answer = acme.send(method, path, BODIES.get(f"{method} {route.name}", {}), If_Match='"1"')
        body = answer.json()
        found.append((answer.status_code, str({name: body[name] for name in ("code", "detail", "errors")})))
    return found


BODIES = {
    "PATCH webhook": {"description": "Ours"},
    "POST webhook-replay": {"created_after": "2026-01-01T00:00:00Z"},
}
