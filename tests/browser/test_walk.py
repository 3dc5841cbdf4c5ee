"""The main job by hand: a secret, a store, a check, a transfer; and by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob import ContainerClient
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD, Watch, sign_in
from tests.support.azurite import Azurite

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FILES = {
    "README.md": b"# Runs\n",
    "runs/0001/metrics.json": b'{"loss": 0.25}',
    "runs/0001/m\xc3\xb6del #1 100%.bin".encode().decode("unicode_escape"): b"\0\1\2" * 70_000,
    "empty": b"",
}


@pytest.fixture
def folder(settings: Any) -> Path:
    """A folder with some artifacts."""
    folder = Path(settings.STOREROOM_LOCAL_ROOTS[0]) / "walk"
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def test_a_secret_a_store_a_check_and_a_transfer(
    page: Page,
    watch: Watch,
    admin_user: User,
    azurite: Azurite,
    folder: Path,
    embedded_broker: Any,
    workers: Callable[..., Any],
) -> None:
    workers(embedded_broker)
    container = azurite.make_container("walk")
    sign_in(page)

    page.goto("/secrets_app/secret/add/")
    page.get_by_label("Name*", exact=True).fill("az_secret")
    page.get_by_label("Way to sign in").select_option("connection_string")
    page.get_by_label("Connection string", exact=True).fill(azurite.connection_string)
    page.get_by_role("button", name="Save secret", exact=True).click()
    expect(page.get_by_text("Saved as version 1.")).to_be_visible()

    page.goto("/stores/store/add/")
    page.get_by_label("Flavor").select_option("azure")
    page.get_by_label("Address*", exact=True).fill(f"az://{container}/incoming")
    page.get_by_label("Secret", exact=True).fill("az_secret")
    page.get_by_label("Name*", exact=True).fill("az_store")
    page.get_by_label("Write and delete a probe at each check").check()
    page.get_by_role("button", name="Save and check").click()
    verdict = page.get_by_role("region", name="Verdict")
    expect(verdict).to_contain_text("Proven: list, read, write, delete.")
    expect(page.locator(".sr-step-ok")).to_have_count(11)

    page.goto("/stores/store/add/")
    page.get_by_label("Flavor").select_option("local")
    page.get_by_label("Address*", exact=True).fill(str(folder))
    page.get_by_label("Name*", exact=True).fill("folder")
    page.get_by_role("button", name="Save without checking").click()
    expect(page.get_by_text("Not checked yet.")).to_be_visible()

    page.goto("/stores/transfer/add/")
    page.get_by_label("From*", exact=True).select_option(label="folder")
    page.get_by_label("To*", exact=True).select_option(label="az_store")
    page.get_by_role("button", name="Make plan").click()
    page.get_by_role("button", name="Start: copy 4").click()
    progress = page.get_by_role("region", name="Progress")
    expect(progress).to_contain_text("4 artifacts")
    expect(progress).to_contain_text("each hashed as it was read")

    assert arrived(azurite, container) == {
        f"incoming/{name}": content for name, content in FILES.items()
    }
    assert watch.complaints == []


def arrived(azurite: Azurite, container: str) -> dict[str, bytes]:
    """What the container holds, asked of Azurite itself."""
    credential = AzureNamedKeyCredential(azurite.account, azurite.key)
    with ContainerClient(azurite.url, container, credential) as client:
        names = list(client.list_blob_names())
        return {name: client.download_blob(name).readall() for name in names}


def test_signing_in_needs_no_mouse(page: Page, admin_user: User) -> None:
    page.goto("/login/")

    tab_to(page, "#id_username")
    page.keyboard.type("ada")
    tab_to(page, "#id_password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="What needs you now")).to_be_visible()


def test_saving_and_checking_needs_no_mouse(
    page: Page, admin_user: User, folder: Path, embedded_broker: Any
) -> None:
    sign_in(page)
    page.goto("/stores/store/add/")

    tab_to(page, "#id_flavor")
    page.keyboard.type("Local")
    tab_to(page, "#id_path")
    page.keyboard.type(str(folder))
    tab_to(page, "#id_name")
    page.keyboard.type("folder")
    tab_to(page, "[name=_check]")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Waiting for a worker.")).to_be_visible()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(80):
        if page.evaluate("(it) => document.activeElement.matches(it)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached by Tab")
