"""Why a place is away is told by class and code: a message may name an account, a host or a credential."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from novapulse.telemetry.destination import NotSent
from tests.novapulse.telemetry.test_shipping import Place, put, shipper
from tests.waiting import wait_until


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (NotSent("Throttling"), "NotSent Throttling"),
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": "arn:aws:logs"}}, "Put"),
            "ClientError AccessDenied",
        ),
        (OSError("https://key:secret@logs.example"), "OSError"),
    ],
)
def test_why_a_place_is_away_is_told_without_a_message(
    error: Exception, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with shipper(Place(trouble=error)) as running:
        put(running, "one")
        wait_until(lambda: "telemetry.away" in caplog.messages)
    (told,) = [vars(record)["fields"] for record in caplog.records if record.msg == "telemetry.away"]
    assert told == {"destination": "place", "reason": reason}
