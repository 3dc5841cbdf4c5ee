"""Every page in a real browser, wide and narrow, light and dark: nothing that the policy forbids,
no error, no other host, and names with markup in them stay text."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page

from tests.browser.conftest import Watch, sign_in
from tests.support.pages import addresses, furnish, make_transfer, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MARKUP = '<img src=x onerror=alert(1)>"><script>alert(2)<'
VIEWS = [(1280, 900, "light"), (390, 844, "light"), (390, 844, "dark"), (1280, 900, "dark")]
# Puts on the theme's colours, which it chooses but once, as a page loads; resolves once they are
# drawn.
DRAWN = """(scheme) => {
  document.documentElement.classList.toggle("dark", scheme === "dark");
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


def pages(admin_user: User) -> list[str]:
    """The addresses of all whole pages, for things whose names are markup."""
    world = furnish(admin_user, MARKUP)
    running = make_transfer(world.store, world.other, "running", MARKUP)
    browser = signed_in(admin_user)
    found = [*addresses(world), f"/stores/transfer/{running.pk}/", "/stores/store/?q=nothing"]
    return [
        address
        for address in found
        if (reply := browser.get(address)).status_code == 200
        and not reply.streaming
        and b"</html>" in reply.content
    ]


def test_w03_w34_no_page_breaks_the_policy_or_runs_a_name(
    page: Page, watch: Watch, site: str, admin_user: User
) -> None:
    walked = pages(admin_user)
    sign_in(page)

    for address in walked:
        page.goto(address)
        for width, height, scheme in VIEWS:
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)
            page.evaluate(DRAWN, scheme)

    assert len(walked) > 50
    assert watch.complaints == []
    assert watch.dialogs == []
    assert watch.hosts == {site.removeprefix("http://")}
