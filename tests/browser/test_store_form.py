"""The store's form shows what the chosen way to sign in needs, and no more."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NOTE = "With implicit sign-in, every component that runs elsewhere needs the same variables"


def test_each_way_to_sign_in_shows_its_own_fields(
    page: Page, watch: Watch, admin_user: User
) -> None:
    sign_in(page)
    page.goto("/stores/store/add/")
    page.get_by_label("Flavor").select_option("azure")
    way = page.get_by_label("How to sign in")
    secret = page.get_by_label("Secret", exact=True)
    client = page.get_by_label("Client ID of the identity")
    allowed = page.get_by_label("Allow implicit sign-in")
    note = page.get_by_text(NOTE)

    expect(note).to_be_visible()
    expect(secret).to_be_visible()
    expect(client).to_be_hidden()

    way.select_option("managed_identity")
    expect(secret).to_be_hidden()
    expect(client).to_be_visible()
    expect(allowed).to_be_visible()
    expect(note).to_be_hidden()

    way.select_option("account_key")
    secret.fill("az_secret")
    expect(client).to_be_hidden()
    expect(allowed).to_be_hidden()

    way.select_option("implicit")
    expect(secret).to_have_value("az_secret")
    expect(note).to_be_visible()
    assert watch.complaints == []
