"""A real Chromium before a real web process, as a person has them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from django.conf import global_settings
from django.contrib.auth.models import User
from playwright.sync_api import Page, Playwright, expect

from tests.support.pages import collect_static
from tests.support.servers import Process, wait_until
from tests.support.serving import free_port

PASSWORD = "correct horse battery"
# Milliseconds; they only end what would wait for ever.
PATIENCE = 60_000
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


@pytest.fixture(scope="session", autouse=True)
def patience() -> None:
    """A busy machine shows a page late."""
    expect.set_options(timeout=PATIENCE)


def chromium() -> str | None:
    """The system's Chromium, where there is one."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], playwright: Playwright
) -> dict[str, Any]:
    """The system's Chromium, else Playwright's own."""
    path = chromium() or playwright.chromium.executable_path
    if not Path(path).exists():
        pytest.skip("There is no Chromium: neither the system's nor Playwright's.")
    # Root's Chromium has no sandbox to put itself into.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return browser_type_launch_args | {"executable_path": path, "args": arguments}


@pytest.fixture(scope="session")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a web process as `up` starts it, over the tests' own database."""
    collect_static()
    port = free_port()
    web = Process(
        *("-m", "gunicorn", "--config", "python:project.gunicorn_config"),
        *("--bind", f"127.0.0.1:{port}", "project.wsgi"),
        log=tmp_path_factory.mktemp("web") / "web.log",
        STOREROOM_ALLOW_REVEAL="true",
    )
    wait_until(lambda: _answers(port), what="the web process")
    yield f"http://127.0.0.1:{port}"
    web.stop()


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=60) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="session")
def base_url(site: str) -> str:
    """What addresses without a host begin with; in the place of the plugin's own fixture, which
    today's pytest warns of."""
    return site


@pytest.fixture
def admin_user(transactional_db: None, settings: Any) -> User:
    """A superuser whose password the web process knows how to compare."""
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    return User.objects.create_superuser("ada", password=PASSWORD)


class Watch:
    """What must not happen in a browser, noted as it happens."""

    def __init__(self, page: Page, site: str) -> None:
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        self.dialogs: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.add_init_script(REPORT_VIOLATIONS)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        page.on("dialog", self._dialog)

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.location.get('url')}: {message.text}")

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()


@pytest.fixture
def watch(page: Page, site: str) -> Watch:
    """The page's watch."""
    return Watch(page, site)


def sign_in(page: Page, name: str = "ada") -> None:
    """Sign in by the form."""
    page.goto("/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("/")
