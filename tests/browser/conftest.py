"""The service and a worker in processes of their own, and chromium in front of them: `make browse`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connections
from playwright.sync_api import sync_playwright

from apps.staff.domain import accounts
from novapulse.queues import names, setup
from tests.serving import ROOT, serving
from tests.staff import code_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from playwright.sync_api import Browser, BrowserContext, Page, StorageState
    from pytest_django import DjangoDbBlocker

    from apps.staff.domain.accounts import SignIn
    from tests.serving import Served

CHROMIUM = shutil.which("chromium")
PICTURES = Path(os.environ.get("PICTURES", "/tmp/novapulse-browse"))  # noqa: S108, TID251  pictures to look at
WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 390, "height": 844}
PATIENT_MS = 30_000  # a busy machine is no fault
PROCESSES = 2

_OURS = {"DJANGO_SETTINGS_MODULE": "tests.browser.settings"}


@pytest.fixture(scope="session")
def prefix() -> str:
    """Give what the queues' names begin with."""
    return f"browse-{uuid4().hex}"


@pytest.fixture(scope="session")
def served(prefix: str, accounts_database: Callable[[], AbstractContextManager[None]]) -> Iterator[Served]:
    """Serve with the tables that it looks for: those that the suite has made are in a database of the suite's."""
    variables = {**_OURS, "QUEUE_PREFIX": prefix, "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8"}
    names.use(replace(names.current(), prefix=prefix))
    setup.apply(setup.plan())
    with _working(variables) as worker:
        with accounts_database():  # while the worker starts
            call_command("migrate", verbosity=0)
        with serving(processes=PROCESSES, **variables) as service:
            yield service
            worker.terminate()  # it ends while the service does


@pytest.fixture(scope="session")
def accounts_database(django_db_blocker: DjangoDbBlocker) -> Callable[[], AbstractContextManager[None]]:
    """Give what opens, for a while, the database in which the service has its staff."""

    @contextmanager
    def opened() -> Iterator[None]:
        with django_db_blocker.unblock():
            yield
            connections.close_all()

    return opened


@contextmanager
def _working(variables: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, **variables}  # noqa: TID251  handed on
    command = [sys.executable, "manage.py", "run_worker", "--threads", "1"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as process:  # noqa: S603  our own program
        try:
            yield process
        finally:
            process.terminate()


@pytest.fixture
def shared_queues(database: object, prefix: str) -> None:
    """Let what the test itself enqueues go where the worker looks."""
    names.use(replace(names.current(), prefix=prefix))


@pytest.fixture(scope="session")
def sign_in(served: Served, accounts_database: Callable[[], AbstractContextManager[None]]) -> SignIn:
    """Give what somebody signs in with."""
    with accounts_database():
        return accounts.create(f"ada-{uuid4().hex[:6]}@novapulse.example")


@pytest.fixture(scope="session")
def chromium(sign_in: SignIn) -> Iterator[Browser]:
    """Start the browser, after `sign_in`: in the loop that it brings along Django opens no database."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def signed_in(chromium: Browser, served: Served, sign_in: SignIn) -> StorageState:
    """Give the cookies of somebody who has signed in, with password and code."""
    with watched(chromium, served) as context:
        page = context.new_page()
        page.goto("/admin/")
        fill_in(page, sign_in, code=code_of(sign_in))
        page.wait_for_url("**/admin/")
        return context.storage_state()


@pytest.fixture
def page(chromium: Browser, served: Served) -> Iterator[Page]:
    """Give a page of nobody yet."""
    with watched(chromium, served) as context:
        yield context.new_page()


@pytest.fixture
def staff_page(chromium: Browser, served: Served, signed_in: StorageState) -> Iterator[Page]:
    """Give a page of somebody who has signed in."""
    with watched(chromium, served, signed_in) as context:
        yield context.new_page()


@contextmanager
def watched(chromium: Browser, served: Served, cookies: StorageState | None = None) -> Iterator[BrowserContext]:
    """Give a browser that asks nobody but the service for anything, and whose scripts make no error."""
    home = f"http://127.0.0.1:{served.port}"
    strangers: list[str] = []
    errors: list[str] = []
    context = chromium.new_context(base_url=home, viewport=WIDE, storage_state=cookies)
    context.set_default_timeout(PATIENT_MS)
    context.on("request", lambda request: strangers.append(request.url))
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    yield context
    context.close()
    assert [url for url in strangers if not url.startswith((f"{home}/", "data:", "blob:"))] == []
    assert errors == []


def fill_in(page: Page, sign_in: SignIn, *, code: str) -> None:
    """Fill in the form by which staff sign in, and send it."""
    page.get_by_label("E-mail address").fill(sign_in.email)
    page.get_by_label("Password").fill(sign_in.password)
    page.get_by_label("Code of your authenticator").fill(code)
    page.get_by_role("button", name="Sign in").click()
