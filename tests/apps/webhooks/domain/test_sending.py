"""One request, and what its answer means."""

from __future__ import annotations

import json
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks import Webhook

from apps.webhooks import conf
from apps.webhooks.domain import endpoints, sending
from apps.webhooks.domain.endpoints import NewEndpoint
from apps.webhooks.domain.sending import Sick, Unanswered, Verdict
from novapulse import clock
from novapulse.outgoing.exchange import Caps
from tests import faults, receivers
from tests.receivers import receiver, says

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from apps.webhooks.domain.sending import Attempt
    from tests.people import Person

BODY = b'{"type":"task.created"}'


def sent(url: str) -> Attempt:
    endpoint = endpoints.create(NewEndpoint(url)).endpoint
    try:
        return sending.send(endpoint, event_id="abc", body=BODY)
    except Sick as sick:
        return sick.attempt


def test_an_independent_implementation_verifies_what_arrives(desk: Person, loopback: None) -> None:
    with receiver(says(200, b"thanks")) as there:
        first = endpoints.create(NewEndpoint(there.url))
        second = endpoints.rotate_secret(first.endpoint["_id"])
        attempt = sending.send(second.endpoint, event_id="abc", body=BODY)

    (request,) = there.requests
    assert (attempt.verdict, attempt.record["status"], attempt.record["response"]) == (Verdict.DELIVERED, 200, "thanks")
    for secret in (first.secret, second.secret):
        assert Webhook(secret).verify(request.body, request.headers) == json.loads(BODY)
    assert (request.headers["webhook-id"], request.headers["content-type"]) == ("abc", "application/json")


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        *((status, Verdict.DELIVERED) for status in (200, 201, 202, 204)),
        *((status, Verdict.NEVER) for status in (301, 302, 307, 400, 401, 403, 404, 405, 413, 422)),
        *((status, Verdict.LATER) for status in (408, 429, 500, 502, 503, 504)),
        (410, Verdict.GONE),
    ],
)
def test_each_answer_has_its_meaning(desk: Person, loopback: None, status: int, verdict: Verdict) -> None:
    with receiver(says(status)) as there:
        assert sent(there.url).verdict is verdict


@pytest.mark.parametrize("way", [receivers.hangs, receivers.drips, receivers.babbles, receivers.hangs_up])
def test_no_answer_is_one_for_later(
    desk: Person, loopback: None, way: receivers.Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_CAPS", Caps(seconds=1))
    with receiver(way) as there, pytest.raises(Unanswered) as unanswered:
        sending.send(endpoints.create(NewEndpoint(there.url)).endpoint, event_id="abc", body=BODY)

    attempt = unanswered.value.attempt
    assert (attempt.verdict, attempt.record["status"]) == (Verdict.LATER, None)
    assert attempt.record["error"] in {"timed-out", "malformed-answer", "connection-failed"}


def test_a_redirect_to_our_own_network_is_not_followed(desk: Person, loopback: None) -> None:
    with receiver(says(200)) as inside, receiver(says(302, Location=inside.url)) as there:
        attempt = sent(there.url)

    assert (attempt.verdict, inside.requests) == (Verdict.NEVER, [])


def test_what_leads_inside_now_is_refused_for_good(desk: Person, settings: SettingsWrapper) -> None:
    """The endpoint was made when its address was allowed, as a name is that leads elsewhere later."""
    with receiver(says(200)) as there:
        attempt = sent(there.url)

    assert (attempt.verdict, attempt.record["error"], there.requests) == (Verdict.NEVER, "destination-refused", [])


def test_a_body_without_an_end_leaves_its_beginning(desk: Person, loopback: None) -> None:
    with receiver(receivers.floods) as there:
        attempt = sent(there.url)

    assert (attempt.verdict, attempt.record["response"]) == (Verdict.DELIVERED, "x" * conf.RESPONSE_BYTES)


def test_nothing_of_an_answer_is_kept_that_does_not_print(desk: Person, loopback: None) -> None:
    with receiver(says(400, b"a\x00b\x1b[31mc\r\n\xff\xe2\x80\xaed")) as there:
        record: Any = sent(there.url).record

    assert record["response"] == "a b [31mc  \ufffd d"


def test_a_receiver_is_waited_for_as_long_as_it_asks_and_no_longer_than_half_a_day(
    desk: Person, loopback: None
) -> None:
    date = format_datetime(clock.now() + timedelta(hours=1), usegmt=False)
    waits = []
    for text in ("120", date, "soon", "-5", "999999999999", "٣", ""):
        with receiver(says(503, Retry_After=text.encode("ascii", "replace").decode())) as there:
            waits.append(sent(there.url).wait)

    assert waits[0] == timedelta(minutes=2)
    assert timedelta(minutes=59) < waits[1] < timedelta(minutes=61)
    assert waits[2:] == [timedelta(), timedelta(), conf.RETRY_AFTER_MOST, timedelta(), timedelta()]


def test_nothing_goes_out_unsigned(desk: Person, loopback: None, settings: SettingsWrapper) -> None:
    with receiver(says(200)) as there:
        endpoint = endpoints.create(NewEndpoint(there.url)).endpoint
        settings.MASTER_KEY = "another key of at least thirty-two characters"
        attempt = sending.send(endpoint, event_id="abc", body=BODY)

    assert (attempt.verdict, attempt.record["error"], there.requests) == (Verdict.NEVER, "no-secret", [])


def test_nobody_there_is_no_answer(desk: Person, loopback: None) -> None:
    assert sent(f"http://127.0.0.1:{faults.refusing_port()}/in").record["error"] == "connection-refused"
