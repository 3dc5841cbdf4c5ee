"""The history of checks in the console: to be read."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from stores.models import Check
from tests.support.pages import World, furnish, signed_in

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
