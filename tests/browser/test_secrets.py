"""Secrets in a real browser: what is said while typing, and what stays behind after revealing."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Error, Page, expect

from secrets_app.models import Secret, SecretsManager
from tests.browser.conftest import Watch, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEY = "U3RvcmVyb29tIGNhbmFyeSBhY2NvdW50IGtleSwgNjQgYnl0ZXMgdGhhdCBub2JvZHkgbWF5IHJlYWQAAAAAAA=="
SAS_URL = (
    "https://acct.blob.core.windows.net/ml?sv=2024-11-04&sr=c&sp=r&se=2099-01-01T00:00:00Z"
    "&spr=https&sig=abc%3D"
)


def test_what_is_pasted_is_read_while_typing(page: Page, watch: Watch, admin_user: User) -> None:
    SecretsManager.objects.built_in()
    sign_in(page)
    page.goto("/secrets_app/secret/add/")

    page.get_by_label("Name*", exact=True).fill("az_secret")
    page.get_by_label("Paste", exact=True).fill(SAS_URL)

    reading = page.locator("#reading")
    expect(reading).to_contain_text("Read as a SAS address.")
    expect(reading).to_contain_text("No list permission (l): checks, browsing and transfers")
    expect(reading).not_to_contain_text("sig=")
    page.get_by_role("button", name="Save secret", exact=True).click()
    expect(
        page.get_by_text("Saved as version 1. The value will not be shown again.")
    ).to_be_visible()
    assert Secret.objects.get().held_keys() == ["account_name", "sas_token"]


def test_each_way_shows_its_own_fields_and_keeps_what_was_typed(
    page: Page, watch: Watch, admin_user: User
) -> None:
    SecretsManager.objects.built_in()
    sign_in(page)
    page.goto("/secrets_app/secret/add/")
    way = page.get_by_label("Way to sign in")
    key = page.get_by_label("Account key", exact=True)

    way.select_option("account_key")
    key.fill(KEY[:80])
    expect(page.locator("#reading")).to_contain_text(
        "An account key is 88 characters ending in ==; this has 80. Was the end cut off?"
    )
    way.select_option("service_principal")
    expect(key).to_be_hidden()
    expect(page.get_by_label("Tenant ID", exact=True)).to_be_visible()
    way.select_option("account_key")

    assert key.input_value() == KEY[:80]


def test_a_value_in_the_wrong_field_moves_with_one_click(
    page: Page, watch: Watch, admin_user: User
) -> None:
    SecretsManager.objects.built_in()
    token = SAS_URL.partition("?")[2]
    sign_in(page)
    page.goto("/secrets_app/secret/add/")
    way = page.get_by_label("Way to sign in")
    way.select_option("account_key")
    page.get_by_label("Account key", exact=True).fill(token)

    page.get_by_role("button", name="Change shape").click()

    expect(way).to_have_value("sas_token")
    expect(page.get_by_label("SAS token", exact=True)).to_have_value(token)
    expect(page.get_by_label("SAS token", exact=True)).to_be_visible()
    expect(page.get_by_label("Account key", exact=True)).to_have_value("")
    expect(page.locator("#reading")).to_contain_text("sas_token needs account_name beside it.")
    assert watch.complaints == []


def test_s23_nothing_revealed_is_left_after_signing_out(
    page: Page, watch: Watch, admin_user: User
) -> None:
    secret = Secret.objects.create(
        name="token",
        owner=admin_user,
        manager=SecretsManager.objects.built_in(),
        schema="arbitrary",
    )
    secret.replace({"token": "canary-on-the-screen"})
    sign_in(page)
    page.goto(f"/secrets/secret/{secret.pk}/overview/")

    page.get_by_label("Reason (goes to the audit)").fill("moving house")
    page.get_by_label("Your password, again").fill("correct horse battery")
    page.get_by_role("button", name="Show the values").click()
    expect(page.get_by_text("canary-on-the-screen")).to_be_visible()
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_text("You may use this secret")).to_be_visible()
    page.context.clear_cookies()
    with suppress(Error):  # net::ERR_CACHE_MISS: the browser kept nothing that it could show.
        page.go_back()
    expect(page.get_by_text("You may use this secret")).to_have_count(0)
    expect(page.locator("body")).to_be_visible()

    assert "canary-on-the-screen" not in page.content()
