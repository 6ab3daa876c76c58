"""`ssm:/path` and `secretsmanager:name#key`, against moto's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from novapulse.vault.aws import Aws
from novapulse.vault.errors import Unreadable
from novapulse.vault.lookups import Parameters, Secrets
from tests import receivers, vaults

CANARY = "the canary that lies at AWS"


def refusal(of: Parameters | Secrets, given: str) -> str:
    with pytest.raises(Unreadable) as refused:
        of.value(given, variable="REDIS_URL")
    line = str(refused.value)
    assert line.startswith("REDIS_URL cannot be read: expected ")
    assert given not in line
    assert "canary" not in line
    return line


def names_asked(there: receivers.Receiver) -> list[list[str]]:
    return [json.loads(each.body)["Names"] for each in there.requests]


def answering(*answers: tuple[int, dict[str, Any]]) -> Any:
    json_type = {"Content_Type": "application/x-amz-json-1.1"}
    return receivers.in_turn(
        *(receivers.says(status, json.dumps(each).encode(), **json_type) for status, each in answers)
    )


def test_parameters_of_the_environment_are_fetched_ten_at_a_time_and_once() -> None:
    named = [f"ssm:/suite/{number}" for number in range(12)]
    found = {"Parameters": [{"Name": given[4:], "Value": given} for given in named]}
    with receivers.receiver(answering((200, found))) as there:
        parameters = Parameters(Aws(vaults.options(endpoint=there.url)), named=[*named, *named, "ssm:malformed"])
        values = [parameters.value(given, variable="X") for given in [*named, *named]]

    assert values == named * 2
    assert names_asked(there)[0] == [given[4:] for given in named[:10]]
    assert len(there.requests) == 1


def test_a_parameter_is_decrypted_and_those_beside_it_come_with_it() -> None:
    named = [vaults.parameter(f"{CANARY} {number}") for number in range(3)]
    parameters = Parameters(vaults.aws(), named=named)

    assert parameters.value(named[2], variable="X") == f"{CANARY} 2"
    assert sorted(parameters._found.values()) == [f"{CANARY} {number}" for number in range(3)]


def test_one_that_is_denied_keeps_none_of_the_others_from_being_found() -> None:
    denied = (400, {"__type": "AccessDeniedException", "message": CANARY})
    mine = (200, {"Parameters": [{"Name": "/mine", "Value": "v"}]})
    with receivers.receiver(answering(denied, mine, denied)) as there:
        parameters = Parameters(Aws(vaults.options(endpoint=there.url)), named=["ssm:/mine", "ssm:/theirs"])
        assert parameters.value("ssm:/mine", variable="X") == "v"
        line = refusal(parameters, "ssm:/theirs")

    assert "the right ssm:GetParameters, which AWS denies" in line
    assert names_asked(there) == [["/mine", "/theirs"], ["/mine"], ["/theirs"]]


def test_a_parameter_that_is_not_there_or_not_one_is_told() -> None:
    parameters = Parameters(vaults.aws(), named=["ssm:/suite/absent"])

    assert "to be there, which it is not" in refusal(parameters, "ssm:/suite/absent")
    for malformed in ("ssm:hunter2", "ssm://host/x", "ssm:/a b", "ssm:/a/"):
        assert "for example REDIS_URL=ssm:/novapulse/production/redis_url" in refusal(parameters, malformed)


def test_a_secret_comes_whole_or_by_a_key_of_it_and_is_asked_for_once() -> None:
    document = json.dumps({"password": CANARY, "port": 5432, "nested": {}})
    given, secrets = vaults.secret(document), Secrets(vaults.aws())
    whole = secrets.value(given, variable="X")
    vaults.aws().secretsmanager.delete_secret(SecretId=given.partition(":")[2], ForceDeleteWithoutRecovery=True)

    assert whole == document
    assert (secrets.value(f"{given}#password", variable="X"), secrets.value(f"{given}#port", variable="X")) == (
        CANARY,
        "5432",
    )


def test_a_secret_is_found_by_its_arn() -> None:
    given = vaults.secret("of an ARN")
    arn = vaults.aws().secretsmanager.describe_secret(SecretId=given.partition(":")[2])["ARN"]

    assert Secrets(vaults.aws()).value(f"secretsmanager:{arn}", variable="X") == "of an ARN"


def test_a_key_without_a_text_under_it_is_told() -> None:
    given = vaults.secret(json.dumps({"password": CANARY, "nested": {}, "yes": True, "list": []}))
    secrets = Secrets(vaults.aws())

    for key in ("absent", "nested", "yes", "list"):
        assert "a JSON object with a text under the key" in refusal(secrets, f"{given}#{key}")


@pytest.mark.parametrize("content", [CANARY, '["canary"]', '"canary"', "{broken canary"])
def test_a_secret_that_is_no_object_has_no_keys(content: str) -> None:
    assert "a JSON object" in refusal(Secrets(vaults.aws()), f"{vaults.secret(content)}#password")


def test_a_secret_that_is_binary_not_there_or_malformed_is_told() -> None:
    secrets = Secrets(vaults.aws())

    assert "this one is binary" in refusal(secrets, vaults.secret(b"\x00canary"))
    assert "to be there (ResourceNotFoundException)" in refusal(secrets, "secretsmanager:suite/absent")
    for malformed in ("secretsmanager:", "secretsmanager:#key", "secretsmanager:na me", "secretsmanager:name#"):
        with pytest.raises(Unreadable, match="for example REDIS_URL=secretsmanager:novapulse/production#redis_url"):
            secrets.value(malformed, variable="REDIS_URL")
