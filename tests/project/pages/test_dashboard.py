"""The dashboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from stores.models import Store
from tests.support.pages import (
    World,
    make_transfer,
    signed_in,
    words,
)

pytestmark = pytest.mark.django_db


def test_the_dashboard_of_somebody_new_has_the_first_steps(person: User) -> None:
    said = words(signed_in(person), "/")

    assert "Welcome. Three steps: Add a store" in said
    assert "No artifact stores yet." in said


def test_the_dashboard_says_what_needs_them(world: World, person: User) -> None:
    said = words(signed_in(person), "/")

    assert "Failing thing · “Connect” failed: thing does not answer. See the check" in said
    assert "thing/runs → thing-folder · Some artifacts were not copied. See which" in said


def test_the_dashboard_says_when_nothing_needs_them(person: User) -> None:
    store = Store.objects.create(
        name="fine", owner=person, flavor="local", path="/srv", sign_in="none", state="healthy"
    )

    said = words(signed_in(person), "/")

    assert "Nothing needs you. 1 store healthy." in said
    assert f"{store.name} Healthy /srv" in said


def test_the_dashboard_has_what_runs_now(world: World, person: User) -> None:
    running = make_transfer(world.store, world.other, "running")

    page = signed_in(person).get("/").content.decode()

    assert "Running now" in page
    assert f'href="/stores/transfer/{running.pk}/"' in page
    assert '<progress class="sr-bar" max="100" value="50">' in page


@pytest.fixture
def no_sample(settings: Any) -> Iterator[None]:
    """Nothing was said about the sample, nor is afterwards."""
    note = settings.HOME.sample / "state.json"
    note.unlink(missing_ok=True)
    yield
    note.unlink(missing_ok=True)


@pytest.mark.parametrize(("who", "there"), [("admin_user", True), ("person", False)])
def test_the_sample_is_a_superusers(who: str, there: bool, no_sample: None, request: Any) -> None:
    browser = signed_in(request.getfixturevalue(who))

    said = words(browser, "/")
    load = browser.post("/sample/load/")
    remove = browser.post("/sample/remove/")

    assert ("The sample" in said) is there
    assert [load.status_code, remove.status_code] == ([302, 302] if there else [403, 403])


def test_the_sample_can_be_asked_for_where_up_runs(
    admin_user: User, no_sample: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(admin_user)
    offered = "Load the sample"

    without = words(browser, "/")
    monkeypatch.setenv("STOREROOM_UP", "1")

    assert offered not in without
    assert offered in words(browser, "/")
