"""How a step went in the checks before."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from stores.models import Check, Store
from stores.step_history import MOST, histories
from tests.support.pages import signed_in, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(person: User) -> Store:
    return Store.objects.create(
        name="az_store", owner=person, flavor="azure", path="az://ml", sign_in="implicit"
    )


def check(store: Store, status: str = "done", **marks: str) -> Check:
    """A check whose steps went like this."""
    steps = [
        {"name": name, "mark": mark, "words": f"{name} {mark}."} for name, mark in marks.items()
    ]
    return Check.objects.create(
        store=store, status=status, steps=steps, finished_at=timezone.now(), verdict="healthy"
    )


def test_a_step_that_fails_now_and_then_has_a_history(store: Store) -> None:
    first = check(store, connect="ok", list="ok")
    second = check(store, connect="ok", list="failed")
    third = check(store, connect="ok", list="ok")

    found = histories(third)

    assert list(found) == ["list"]
    assert found["list"].failures == 1
    assert [(each.check, each.mark) for each in found["list"].times] == [
        (third.pk, "ok"),
        (second.pk, "failed"),
        (first.pk, "ok"),
    ]


def test_a_step_that_always_went_alike_has_none(store: Store) -> None:
    check(store, connect="ok", list="failed")

    assert histories(check(store, connect="ok", list="failed")) == {}


def test_checks_that_did_not_come_to_the_step_do_not_count(store: Store) -> None:
    check(store, connect="failed", list="skipped")
    check(store, connect="ok", list="failed")
    check(store, status="failed", list="ok")

    found = histories(check(store, connect="ok", list="ok"))

    assert [each.mark for each in found["connect"].times] == ["ok", "ok", "failed"]
    assert [each.mark for each in found["list"].times] == ["ok", "failed"]


def test_later_checks_and_other_stores_do_not_count(store: Store, person: User) -> None:
    other = Store.objects.create(
        name="other", owner=person, flavor="azure", path="az://x", sign_in="implicit"
    )
    check(other, list="failed")
    asked = check(store, list="ok")
    check(store, list="failed")

    assert histories(asked) == {}


def test_so_many_checks_are_looked_at(store: Store) -> None:
    check(store, list="failed")
    for _ in range(MOST - 1):
        last = check(store, list="ok")

    assert histories(last)["list"].failures == 1
    assert histories(check(store, list="ok")) == {}


def test_a_check_that_goes_on_has_none_yet(store: Store) -> None:
    check(store, list="failed")

    assert histories(check(store, status="running", list="ok")) == {}


def test_the_page_of_a_check_tells_it(store: Store, person: User) -> None:
    failed = check(store, list="failed")
    good = check(store, list="ok")

    browser = signed_in(person)

    assert "History of this step: failed in 1 of its last 2 checks" in words(
        browser, f"/stores/check/{good.pk}/"
    )
    assert f'href="/stores/check/{failed.pk}/"' in (
        browser.get(f"/stores/check/{good.pk}/").content.decode()
    )
