"""Settings, as a process meets them that starts with one environment or another."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from config.settings import stores
from config.settings import vault as vault_settings
from novapulse import __version__, environ
from novapulse.vault import key_file
from tests import vaults

ROOT = Path(__file__).resolve().parents[2]
MASTER_KEY = "0123456789abcdef0123456789abcdef"
REQUIRED = {"PUBLIC_URL": "https://api.example", "EMAIL_FROM": "no-reply@api.example", "AWS_REGION": "eu-west-1"}


def started(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program with these variables and no others of ours."""
    environment = {
        "PATH": os.defpath,
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        **REQUIRED,
        **variables,
    }
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603  our own program


def boot(**variables: str) -> subprocess.CompletedProcess[str]:
    """Load what the web server loads."""
    return started("-c", "import config.wsgi", **variables)


def load(**variables: str) -> subprocess.CompletedProcess[str]:
    """Load the settings alone, which is what every program of ours does first."""
    return started("-c", "import config.settings.production", **variables)


def line_of_refusal(process: subprocess.CompletedProcess[str]) -> str:
    assert process.returncode == 1
    assert process.stdout == ""
    (line,) = process.stderr.splitlines()
    return line


def test_the_web_server_starts_in_production_without_any_server_there_and_says_so() -> None:
    process = boot(MASTER_KEY=MASTER_KEY)
    said = [json.loads(line) for line in process.stderr.splitlines()]

    assert process.returncode == 0
    events = {(each["event"], each["level"]) for each in said}
    assert ("gate.changes_not_read", "warning") in events
    assert {level for _, level in events} == {"warning"}  # the longer it takes to start, the more have looked in vain


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("MONGO_MAX_POOL_SIZE", "many", "a whole number"),
        ("REQUEST_TIMEOUT_MS", "30s", "a whole number"),
        ("MONGO_READ_PREFERENCE", "closest", "one of primary, primaryPreferred, secondary"),
        ("LOG_LEVEL", "loud", "one of DEBUG, INFO"),
        ("EMAIL_USE_TLS", "perhaps", "true or false"),
        ("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.1/8", "networks joined by commas"),
        ("REDIS_URL", "127.0.0.1:6379", "redis:// or rediss://"),
        ("MONGO_URI", "localhost", "mongodb:// or mongodb+srv://"),
        ("DATABASE_URL", "mysql://u:secret@host/db", "postgresql:// or postgres://"),
        ("PUBLIC_URL", "example.com", "https:// or http://"),
    ],
)
def test_a_malformed_variable_stops_the_process_with_one_line(name: str, value: str, expected: str) -> None:
    line = line_of_refusal(load(MASTER_KEY=MASTER_KEY, **{name: value}))

    assert line.startswith(name)
    assert expected in line
    assert f"for example {name}=" in line
    assert "secret" not in line


@pytest.mark.parametrize("key", [{}, {"MASTER_KEY": ""}, {"MASTER_KEY": "too short"}])
def test_production_without_a_master_key_refuses_to_start(key: dict[str, str]) -> None:
    line = line_of_refusal(load(**key))

    assert line.startswith("MASTER_KEY is required in production")
    assert "for example" in line
    assert "too short" not in line


@pytest.mark.parametrize("name", REQUIRED)
def test_production_without_its_own_addresses_refuses_to_start(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(REQUIRED, name)

    assert line_of_refusal(load(MASTER_KEY=MASTER_KEY)).startswith(
        f"{name} is required in production, for example {name}="
    )


@pytest.mark.parametrize(
    ("variables", "parts"),
    [
        ({"REQUEST_TIMEOUT_MS": "20000"}, ("SERVICE_TIMEOUT_MS=25000", "REQUEST_TIMEOUT_MS=20000")),
        ({"MONGO_SOCKET_TIMEOUT": "0"}, ("MONGO_SOCKET_TIMEOUT=0", "no limit")),
        ({"MONGO_URI": "mongodb://user:secret@one:1,two:port/"}, ("MONGO_URI",)),
    ],
)
def test_budgets_that_do_not_nest_keep_the_web_server_from_starting(
    variables: dict[str, str], parts: tuple[str, ...]
) -> None:
    line = line_of_refusal(boot(MASTER_KEY=MASTER_KEY, **variables))

    assert line.startswith("novapulse.E00")
    for part in parts:
        assert part in line
    assert "secret" not in line


def test_manage_py_check_reports_budgets_that_do_not_nest() -> None:
    process = started("manage.py", "check", MASTER_KEY=MASTER_KEY, REQUEST_TIMEOUT_MS="20000")

    assert process.returncode == 1
    assert "(novapulse.E001) SERVICE_TIMEOUT_MS=25000 must be less than REQUEST_TIMEOUT_MS=20000." in process.stderr
    assert "Traceback" not in process.stderr


def test_production_sends_webhooks_to_the_public_internet_alone() -> None:
    line = line_of_refusal(load(MASTER_KEY=MASTER_KEY, WEBHOOK_ALLOWED_NETWORKS="127.0.0.0/8"))

    assert line.startswith("WEBHOOK_ALLOWED_NETWORKS must not be set in production")


def test_manage_py_check_needs_no_server() -> None:
    nowhere = {"MONGO_URI": "mongodb://127.0.0.1:9/x", "REDIS_URL": "redis://127.0.0.1:9"}
    process = started("manage.py", "check", "--fail-level", "WARNING", MASTER_KEY=MASTER_KEY, **nowhere)

    assert process.returncode == 0, process.stderr


def test_a_malformed_variable_keeps_the_web_server_from_starting_with_the_same_line() -> None:
    assert line_of_refusal(boot(MASTER_KEY=MASTER_KEY, REQUEST_TIMEOUT_MS="30s")).startswith("REQUEST_TIMEOUT_MS='30s'")


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(MASTER_KEY + "\n")

    assert load(MASTER_KEY_FILE=str(tmp_path / "key")).returncode == 0


CANARY = "a-canary-of-more-than-thirty-two-characters"
AT_AWS = {
    "ENVIRONMENT": vaults.ENVIRONMENT,
    "AWS_REGION": vaults.REGION,
    **vaults.CREDENTIALS,
}
# Load all; show all; read once more in a fork, where nobody could be asked.
PROGRAM = """
import hashlib, os, django
from django.conf import settings
from django.core.management import call_command
from novapulse import environ
django.setup()
call_command("check")
call_command("diffsettings", "--all")
print(repr(settings.VAULT), settings._wrapped.__dict__)
names = ("MASTER_KEY", "OPERATOR_TOKEN", "DATABASE_URL", "EMAIL_HOST_PASSWORD", "EMAIL_HOST_USER")
print([hashlib.sha256(getattr(settings, name).encode()).hexdigest() for name in names])
settings.VAULT._aws.__dict__.clear()
settings.VAULT._aws._told = None
if os.fork() == 0:
    os._exit(0 if environ.secret("MASTER_KEY", "", "") == settings.MASTER_KEY else 3)
raise SystemExit(os.waitstatus_to_exitcode(os.wait()[1]))
"""


def test_a_process_starts_by_values_encrypted_or_at_aws_and_shows_none(settings: Any, tmp_path: Path) -> None:
    key_file.made(tmp_path / "key")
    vault = vaults.vault(key_file=str(tmp_path / "key"))
    values = [f"{CANARY}-{number}" for number in range(3)]
    url = f"postgresql://us:{CANARY}-pw@127.0.0.1:5432/novapulse"
    given = {
        "MASTER_KEY": vault.encrypted_by_kms("MASTER_KEY", values[0], key_id=vaults.kms_key()),
        "OPERATOR_TOKEN": vault.encrypted_by_file("OPERATOR_TOKEN", values[1]),
        "DATABASE_URL": vaults.parameter(url),
        "EMAIL_HOST_PASSWORD": vaults.secret(json.dumps({"smtp": values[2]})) + "#smtp",
        "EMAIL_HOST_USER": vaults.parameter("a user"),
    }
    at_aws = {**AT_AWS, "AWS_ENDPOINT_URL": settings.AWS_ENDPOINT_URL, "SECRETS_KEY_FILE": vault.key_file}
    process = started("-c", PROGRAM, **at_aws, **given)

    assert process.returncode == 0, process.stderr
    found = [hashlib.sha256(each.encode()).hexdigest() for each in (*values[:2], url, values[2], "a user")]
    assert process.stdout.splitlines()[-1] == str(found)
    assert CANARY not in process.stdout + process.stderr


def test_a_process_refuses_a_value_that_was_tampered_with_in_one_line(settings: Any) -> None:
    given = vaults.vault().encrypted_by_kms("MASTER_KEY", CANARY, key_id=vaults.kms_key())
    tampered = given[:-6] + ("A" if given[-6] != "A" else "B") + given[-5:]
    line = line_of_refusal(boot(MASTER_KEY=tampered, **AT_AWS, AWS_ENDPOINT_URL=settings.AWS_ENDPOINT_URL))

    assert line.startswith("MASTER_KEY cannot be read: expected a value as `manage.py secrets encrypt MASTER_KEY`")
    assert CANARY not in line
    assert tampered[4:20] not in line


def test_a_developers_machine_asks_no_aws_but_a_local_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault_settings, "AWS_ENDPOINT_URL", "")
    local = vault_settings._aws()
    monkeypatch.setattr(vault_settings, "ENVIRONMENT", "production")
    elsewhere = vault_settings._aws()

    assert (local.endpoint_url, local.credentials) == ("http://127.0.0.1:5000", vaults.CREDENTIALS)
    assert (elsewhere.endpoint_url, elsewhere.credentials) == ("", {})


def test_postgresql_is_described_by_its_url() -> None:
    described = stores.database(
        "postgresql://us%40er:p%2Fw@db.example:6000/na%20me?sslmode=verify-full&connect_timeout=5"
    )

    assert described["USER"] == "us@er"
    assert described["PASSWORD"] == "p/w"
    assert described["HOST"] == "db.example"
    assert described["PORT"] == "6000"
    assert described["NAME"] == "na me"
    assert described["OPTIONS"] == {"connect_timeout": "5", "sslmode": "verify-full"}


def test_the_cache_speaks_json_fails_fast_and_is_no_reason_to_fail(settings: Any) -> None:
    options = stores.cache("redis://127.0.0.1/0")["OPTIONS"]

    assert options["SERIALIZER"].endswith("JSONSerializer")
    assert options["SOCKET_TIMEOUT"] == options["SOCKET_CONNECT_TIMEOUT"] == 0.05
    assert options["CONNECTION_POOL_KWARGS"]["retry"].get_retries() == 0
    assert options["IGNORE_EXCEPTIONS"] is True


def test_every_published_variable_is_read() -> None:
    published = """
        MONGO_URI MONGO_MAX_POOL_SIZE MONGO_MIN_POOL_SIZE MONGO_MAX_IDLE_TIME_MS MONGO_SERVER_SELECTION_TIMEOUT
        MONGO_SOCKET_TIMEOUT MONGO_READ_PREFERENCE REDIS_URL REQUEST_TIMEOUT_MS SERVICE_TIMEOUT_MS LOG_LEVEL
        SERVICE_NAME ENVIRONMENT WORKER_TIMEOUT_MS PROXY_TIMEOUT_MS DATABASE_URL MASTER_KEY
    """
    assert set(published.split()) <= {variable.name for variable in environ.variables()}


def handlers_in_use(**variables: str) -> dict[str, list[str]]:
    """Give the handlers of the root and the audit logger, as production configures them."""
    program = (
        "import json, django; from django.conf import settings; django.setup();"
        "print(json.dumps([settings.LOGGING[each] for each in ('root', 'loggers')]))"
    )
    process = started("-c", program, MASTER_KEY=MASTER_KEY, **variables)
    root, loggers = json.loads(process.stdout)
    return {"root": root["handlers"], "audit": loggers["novapulse.audit"]["handlers"]}


def test_logs_go_to_cloudwatch_where_a_group_is_given() -> None:
    assert handlers_in_use() == {"root": ["console"], "audit": ["console"]}
    assert handlers_in_use(CLOUDWATCH_LOG_GROUP="novapulse/test") == {
        "root": ["console", "cloudwatch_application", "cloudwatch_error"],
        "audit": ["console", "cloudwatch_audit"],
    }


def test_on_aws_lambda_logs_go_to_the_standard_output_alone() -> None:
    handlers = handlers_in_use(CLOUDWATCH_LOG_GROUP="novapulse/test", AWS_LAMBDA_FUNCTION_NAME="worker")

    assert handlers == {"root": ["console"], "audit": ["console"]}


def test_a_retention_that_cloudwatch_does_not_know_is_refused() -> None:
    assert line_of_refusal(load(MASTER_KEY=MASTER_KEY, CLOUDWATCH_RETENTION_DAYS="31")).startswith(
        "CLOUDWATCH_RETENTION_DAYS=31 cannot be read"
    )


def test_the_version_is_the_one_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == __version__
