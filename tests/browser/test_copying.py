"""What stands on a page to be typed elsewhere is copied by a click."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page

from tests.browser.conftest import Watch, sign_in
from tests.support.pages import furnish

pytestmark = pytest.mark.browser


def test_a_click_copies_the_command_and_says_so(
    page: Page, admin_user: User, watch: Watch
) -> None:
    world = furnish(admin_user)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page)
    page.goto(f"/stores/check/{world.check.pk}/")
    row = page.locator(".sr-step-failed .sr-copyable")

    row.get_by_role("button", name="Copy").click()

    row.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("az storage blob show --name '")
    assert watch.complaints == []


def test_a_click_copies_what_support_asks_for(page: Page, admin_user: User) -> None:
    world = furnish(admin_user)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page)
    page.goto(f"/stores/check/{world.check.pk}/")

    page.get_by_role("button", name="Copy details").click()

    page.get_by_role("button", name="Copied").wait_for()
    assert "request 7f0e" in page.evaluate("navigator.clipboard.readText()")
