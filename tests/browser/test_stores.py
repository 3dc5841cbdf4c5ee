"""A store in a real browser: what its address means while it is typed, and texts to copy."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from stores.models import Store
from tests.browser.conftest import Watch, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a50_what_the_address_means_is_said_while_typing(
    page: Page, watch: Watch, admin_user: User
) -> None:
    sign_in(page)
    page.goto("/stores/store/add/")
    page.get_by_label("Flavor").select_option("azure")
    meaning = page.locator("#meaning")

    page.get_by_label("Address*", exact=True).fill("az://ML_Data")
    expect(meaning).to_contain_text("ML_Data has a capital and an underscore")
    page.get_by_label("Address*", exact=True).fill("abfss://models@acct.dfs.core.windows.net/a")
    expect(meaning).to_contain_text("https://acct.blob.core.windows.net")
    expect(meaning).to_contain_text("abfs://models/a does not carry the account name acct")
    page.get_by_label("Name*", exact=True).fill("az_store")
    page.get_by_role("button", name="Save without checking", exact=True).click()
    page.wait_for_url("**/overview/")

    assert Store.objects.get().path == "abfs://models/a"
    assert watch.complaints == []


def test_m30_a_text_is_copied_whole(page: Page, watch: Watch, admin_user: User) -> None:
    store = Store.objects.create(
        name="az_store",
        owner=admin_user,
        flavor="azure",
        path="az://models/a",
        configuration={"account_url": "https://acct.blob.core.windows.net"},
        sign_in="implicit",
    )
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page)
    page.goto(f"/stores/store/{store.pk}/overview/")

    page.get_by_text("Address", exact=True).click()
    page.get_by_role("button", name="Copy for Address").click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()

    assert page.evaluate("navigator.clipboard.readText()") == (
        "models/a\naz://models/a\nabfss://models@acct.dfs.core.windows.net/a\n"
        "https://acct.blob.core.windows.net/models/a"
    )
    assert watch.complaints == []
