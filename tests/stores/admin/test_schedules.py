"""Schedules in the console."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from project.audit import AuditEntry
from project.locking import hold
from stores.models import Schedule, Store
from tests.support.pages import World, furnish, signed_in
from tests.support.threads import begin

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(person: User) -> World:
    return furnish(person)


def add(user: User, store: Store, **fields: Any) -> Any:
    typed = {"store": store.pk, "every_minutes": 30, **fields}
    return signed_in(user).post("/stores/schedule/add/", typed)


def complaints(reply: Any) -> dict[str, list[str]]:
    assert reply.status_code == 200
    errors = reply.context["adminform"].form.errors
    return {field: [str(each) for each in words] for field, words in errors.items()}


def test_a_schedule_begins_at_once(world: World, person: User) -> None:
    reply = add(person, world.other)

    schedule = Schedule.objects.get(store=world.other)
    assert reply.status_code == 302
    assert (schedule.every_minutes, schedule.paused, schedule.owner) == (30, False, person)
    assert abs(schedule.next_run_at - timezone.now()) < timedelta(seconds=30)


def test_a_store_has_one_schedule(world: World, person: User) -> None:
    reply = add(person, world.store)

    assert complaints(reply) == {
        "__all__": ["This store has a schedule already; change that one."]
    }


@pytest.mark.parametrize(
    ("minutes", "complaint"),
    [
        (0, "Ensure this value is greater than or equal to 1."),
        (10_081, "Ensure this value is less than or equal to 10080."),
        ("often", "Enter a whole number."),
    ],
)
def test_a_rhythm_is_between_a_minute_and_a_week(
    minutes: Any, complaint: str, world: World, person: User
) -> None:
    reply = add(person, world.other, every_minutes=minutes)

    assert complaints(reply) == {"every_minutes": [complaint]}


def test_a_foreign_store_is_not_checked(world: World, stranger: User) -> None:
    assert list(complaints(add(stranger, world.other))) == ["store"]


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_the_button_pressed_twice_at_the_same_moment_is_pressed_twice(person: User) -> None:
    schedule = furnish(person).schedule
    mine, theirs = signed_in(person), signed_in(person)
    address = f"/stores/schedule/{schedule.pk}/pause/"

    with transaction.atomic():
        hold(Schedule, schedule.pk)
        first = begin(lambda: mine.post(address))
        second = begin(lambda: theirs.post(address))
    first.join()
    second.join()

    schedule.refresh_from_db()
    assert not schedule.paused
    actions = AuditEntry.objects.filter(kind="schedule").values_list("action", flat=True)
    assert sorted(actions) == ["paused", "resumed"]


def test_pausing_and_resuming_is_one_button(world: World, person: User) -> None:
    browser = signed_in(person)
    address = f"/stores/schedule/{world.schedule.pk}/pause/"
    long_ago = timezone.now() - timedelta(days=1)
    Schedule.objects.update(next_run_at=long_ago)

    reply = browser.post(address)
    paused = Schedule.objects.get()
    browser.post(address)
    resumed = Schedule.objects.get()

    assert reply["Location"] == f"/stores/store/{world.store.pk}/overview/"
    assert (paused.paused, resumed.paused) == (True, False)
    assert resumed.next_run_at > long_ago + timedelta(hours=23)
    actions = AuditEntry.objects.filter(kind="schedule").values_list("action", flat=True)
    assert sorted(actions) == ["paused", "resumed"]


def test_the_list_says_when_next_and_how_it_went(world: World, person: User) -> None:
    page = signed_in(person).get("/stores/schedule/").content.decode()

    assert "15 min" in page
    assert "Degraded" in page
