"""The service in a process of its own, and chromium in front of it: `make browse`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from playwright.sync_api import sync_playwright

from apps.staff.domain.accounts import SignIn
from tests.serving import ROOT, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Request

    from tests.serving import Served

CHROMIUM = shutil.which("chromium")
PICTURES = Path(os.environ.get("PICTURES", "/tmp/novapulse-browse"))  # noqa: S108, TID251  pictures to look at
WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 390, "height": 844}
PATIENT_MS = 30_000  # a busy machine is no fault


def picture(page: Page, name: str) -> None:
    """Take a picture of the page, wide and narrow."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width, size in {"narrow": NARROW, "wide": WIDE}.items():
        page.set_viewport_size(size)
        page.screenshot(path=PICTURES / f"{name}-{width}.png")


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """Serve with the tables that it looks for: those that the suite has made are in a database of the suite's."""
    _manage("migrate", "--verbosity", "0")
    _manage("ensure_queues", "--apply")
    with serving() as service:
        yield service


@pytest.fixture
def sign_in(served: Served) -> SignIn:
    """Give what somebody signs in with."""
    made = _manage("staff", "create", f"{uuid4().hex}@novapulse.example", "--json")
    return SignIn(**json.loads(made))


def _manage(*arguments: str) -> bytes:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"}  # noqa: TID251  handed on
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout  # noqa: S603  our own program


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, served: Served) -> Iterator[Page]:
    """Give a page that asks nobody but the service for anything, and whose scripts make no error."""
    strangers: list[str] = []
    errors: list[str] = []

    def look(request: Request) -> None:
        if not request.url.startswith((f"http://127.0.0.1:{served.port}/", "data:", "blob:")):
            strangers.append(request.url)

    context = chromium.new_context(base_url=f"http://127.0.0.1:{served.port}", viewport=WIDE)
    page = context.new_page()
    page.on("request", look)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.set_default_timeout(PATIENT_MS)
    yield page
    context.close()
    assert strangers == []
    assert errors == []
