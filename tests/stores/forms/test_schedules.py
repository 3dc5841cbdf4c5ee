"""What may be typed about a schedule."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from stores.forms import ScheduleForm
from stores.models import Schedule, Store

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def store(admin_user: User) -> Store:
    return Store.objects.create(
        name="az_store", flavor="azure", path="az://ml", sign_in="implicit", owner=admin_user
    )


@pytest.fixture
def schedule(store: Store) -> Schedule:
    later = timezone.now() + timedelta(minutes=9)
    return Schedule.objects.create(
        store=store, owner=store.owner, every_minutes=10, next_run_at=later
    )


def fill_in(store: Store, schedule: Schedule | None = None, **fields: object) -> ScheduleForm:
    data = {"store": store.pk, "every_minutes": 10, **fields}
    return ScheduleForm(data, instance=schedule, user=store.owner)


def is_due(schedule: Schedule) -> bool:
    schedule.refresh_from_db()
    return schedule.next_run_at <= timezone.now()


def test_a_new_schedule_is_due_at_once(store: Store) -> None:
    schedule = fill_in(store).save()

    assert is_due(schedule)
    assert str(schedule) == "Check of az_store every 10 min"


def test_a_store_that_cannot_be_opened_is_not_scheduled(store: Store) -> None:
    Store.objects.update(flavor="minio")

    assert fill_in(store).errors["store"] == [
        "Storeroom cannot open the flavor <code>minio</code>; it is kept for stacks and export."
    ]


@pytest.mark.parametrize("minutes", [1, 10_080])
def test_a_minute_to_a_week_is_accepted(store: Store, minutes: int) -> None:
    assert fill_in(store, every_minutes=minutes).errors == {}


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "Ensure this value is greater than or equal to 1."),
        (-5, "Ensure this value is greater than or equal to 0."),
        (10_081, "Ensure this value is less than or equal to 10080."),
        ("often", "Enter a whole number."),
    ],
)
def test_less_or_more_is_refused(store: Store, minutes: object, words: str) -> None:
    assert words in fill_in(store, every_minutes=minutes).errors["every_minutes"]


def test_a_store_has_one_schedule(store: Store, schedule: Schedule) -> None:
    form = fill_in(store)

    assert form.errors == {"__all__": ["This store has a schedule already; change that one."]}


def test_a_new_rhythm_begins_now(store: Store, schedule: Schedule) -> None:
    fill_in(store, schedule, every_minutes=5).save()

    assert is_due(schedule)


def test_what_was_paused_goes_on_from_now(store: Store, schedule: Schedule) -> None:
    Schedule.objects.update(paused=True, next_run_at=timezone.now() - timedelta(days=3))
    schedule.refresh_from_db()

    fill_in(store, schedule).save()

    schedule.refresh_from_db()
    assert timezone.now() - schedule.next_run_at < timedelta(minutes=1)
    assert not schedule.paused


def test_saving_without_a_change_moves_nothing(store: Store, schedule: Schedule) -> None:
    before = schedule.next_run_at

    fill_in(store, schedule).save()

    schedule.refresh_from_db()
    assert schedule.next_run_at == before


def test_a_foreign_store_is_not_offered(store: Store, person: User) -> None:
    form = ScheduleForm({"store": store.pk, "every_minutes": 10}, user=person)

    assert "Select a valid choice" in form.errors["store"][0]
