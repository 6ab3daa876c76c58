"""The calls to AWS that find values, and what comes of an AWS that refuses, fails, hangs or is away."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from novapulse.vault import aws
from novapulse.vault.errors import Unreadable
from tests import faults, receivers, vaults

if TYPE_CHECKING:
    from novapulse.vault.aws import AwsOptions

REFUSAL = partial(Unreadable, "MASTER_KEY")


def says(status: int, word: str) -> Any:
    """Answer as AWS does; its sentence has a canary in it."""
    body = json.dumps({"__type": word, "message": "the canary"}).encode()
    return receivers.says(status, body, Content_Type="application/x-amz-json-1.1")


def refusal(options: AwsOptions) -> str:
    calling = aws.calling(lambda: aws.Aws(options).kms, right="kms:Decrypt", refusal=REFUSAL)
    with pytest.raises(Unreadable) as refused, calling as client:
        client.decrypt(CiphertextBlob=b"x")
    line = str(refused.value)
    assert line.startswith("MASTER_KEY cannot be read: expected ")
    assert "\n" not in line
    assert "canary" not in line
    return line


@pytest.mark.parametrize("word", ["AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException"])
def test_who_may_not_is_told_which_right_is_missing(word: str) -> None:
    with receivers.receiver(says(400, word)) as there:
        line = refusal(vaults.options(endpoint=there.url))

    assert f"the right kms:Decrypt, which AWS denies ({word})" in line
    assert len(there.requests) == 1


@pytest.mark.parametrize(("status", "word"), [(500, "KMSInternalException"), (400, "ThrottlingException")])
def test_an_aws_that_fails_is_asked_once_more(status: int, word: str) -> None:
    with receivers.receiver(says(status, word)) as there:
        line = refusal(vaults.options(endpoint=there.url))

    assert f"which fails there ({word})" in line
    assert len(there.requests) == 2


def test_an_aws_that_hangs_costs_no_more_than_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (aws.CONNECT_SECONDS, aws.ANSWER_SECONDS, aws._ATTEMPTS) == (2.0, 5.0, 2)
    monkeypatch.setattr(aws, "ANSWER_SECONDS", 0.1)
    with receivers.receiver(receivers.hangs) as there:
        line = refusal(vaults.options(endpoint=there.url))

    assert line.endswith("none came (ReadTimeoutError).")
    assert len(there.requests) == 2


def test_an_aws_that_is_away_is_told_with_its_address() -> None:
    endpoint = f"http://127.0.0.1:{faults.refusing_port()}"

    assert f"an answer to kms:Decrypt from {endpoint}; none came" in refusal(vaults.options(endpoint=endpoint))


def test_who_has_no_credentials_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"AWS_EC2_METADATA_DISABLED": "true", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}.items():
        monkeypatch.setenv(name, value)
    options = aws.AwsOptions(region="eu-central-1", endpoint_url="http://127.0.0.1:9")

    assert "credentials of AWS that allow kms:Decrypt; there are none" in refusal(options)


def test_a_region_an_endpoint_and_a_profile_that_are_none_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [refusal(vaults.options(endpoint="nonsense")), refusal(aws.AwsOptions(region="no region"))]
    monkeypatch.setenv("AWS_PROFILE", "none-of-that-name")
    lines.append(refusal(aws.AwsOptions(region="eu-central-1")))

    told = "AWS_REGION, AWS_ENDPOINT_URL and AWS_PROFILE to name what there is"
    assert [line.partition(told)[2] for line in lines] == [
        " (ValueError).",
        " (InvalidRegionError).",
        " (ProfileNotFound).",
    ]


def test_no_connection_outlives_a_call() -> None:
    with aws.calling(lambda: vaults.aws().kms, right="kms:ListKeys", refusal=REFUSAL) as client:
        client.list_keys()

    called: Any = client
    assert list(called._endpoint.http_session._manager.pools.keys()) == []


def test_options_do_not_show_their_credentials() -> None:
    assert "local" not in repr(aws.AwsOptions(region="x", credentials={"AWS_SECRET_ACCESS_KEY": "local"}))
