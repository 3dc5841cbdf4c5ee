"""The history of checks in the console: to be read."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from stores.models import Check
from tests.support.pages import World, furnish, make_check, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(person: User) -> World:
    return furnish(person)


def test_the_list_says_how_each_went_and_leads_to_its_page(world: World, person: User) -> None:
    page = signed_in(person).get("/stores/check/").content.decode()

    assert f'href="/stores/check/{world.check.pk}/"' in page
    assert "Degraded" in page
    assert "is in the way" in page


@pytest.mark.parametrize("who", ["person", "admin_user"])
def test_nobody_changes_or_deletes_a_check(who: str, world: World, request: Any) -> None:
    browser = signed_in(request.getfixturevalue(who))
    one = f"/stores/check/{world.check.pk}"
    chosen = {"action": "delete_selected", "_selected_action": [world.check.pk], "post": "yes"}

    added = browser.post("/stores/check/add/", {})
    changed = browser.post(f"{one}/change/", {"verdict": "healthy"})
    deleted = browser.post(f"{one}/delete/", {"post": "yes"})
    browser.post("/stores/check/", chosen)

    assert [added.status_code, deleted.status_code] == [403, 403]
    assert changed["Location"] == f"{one}/"
    assert Check.objects.get().verdict == "degraded"


def test_a_check_can_be_repeated_from_its_page(world: World, person: User) -> None:
    page = signed_in(person).get(f"/stores/check/{world.check.pk}/").content.decode()

    assert f'action="/stores/store/{world.store.pk}/check/"' in page
    assert "Check again" in page


def test_a_check_says_who_did_what_from_where(world: World, person: User) -> None:
    page = signed_in(person).get(f"/stores/check/{world.check.pk}/").content.decode()

    assert "Signs in with an account key" in page
    assert "from <code>worker-3:42</code> to <code>10.4.1.9</code>" in page
    assert "List: ok · 9 ms\nRead: ok · 12 ms" in page


def test_what_to_type_can_be_copied(world: World, person: User) -> None:
    page = signed_in(person).get(f"/stores/check/{world.check.pk}/").content.decode()

    command = "az storage blob show --name &#x27;"
    assert f'<pre tabindex="0"><code>{command}' in page
    assert 'data-copy="Check' in page


@pytest.mark.parametrize("address", ["check/{check}/", "store/{store}/overview/"])
def test_the_rights_stand_on_the_check_and_on_its_store(
    address: str, world: World, person: User
) -> None:
    path = address.format(check=world.check.pk, store=world.store.pk)
    page = signed_in(person).get(f"/stores/{path}").content.decode()

    assert "What this sign-in may do" in page
    assert page.count("Proven</span>") == 2
    assert page.count("Refused</span>") == 1
    assert page.count("Not tried</span>") == 5


def test_what_changed_since_the_last_good_check_stands_on_the_page(
    world: World, person: User
) -> None:
    failed = make_check(world.store)
    Check.objects.filter(pk=world.check.pk).update(
        verdict="healthy", fingerprint={"secret_version": "1", "sdk": "1"}
    )
    Check.objects.filter(pk=failed.pk).update(fingerprint={"secret_version": "2", "sdk": "1"})

    page = signed_in(person).get(f"/stores/check/{failed.pk}/").content.decode()

    assert "What changed since it last worked" in page
    assert "Version of the secret: 1 → 2" in page
    assert f'href="/stores/check/{world.check.pk}/"' in page
