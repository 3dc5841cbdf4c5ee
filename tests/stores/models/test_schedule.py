"""A schedule's grid."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from stores.models import Schedule, Slot, Store

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def schedule(person: User) -> Schedule:
    store = Store.objects.create(
        name="folder", owner=person, flavor="local", path="/srv", sign_in="none"
    )
    return Schedule.objects.create(
        store=store, owner=person, next_run_at=datetime(2025, 11, 3, 14, 0, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("now", "following", "missed"),
    [
        (datetime(2025, 11, 3, 14, 0, tzinfo=UTC), datetime(2025, 11, 3, 14, 15, tzinfo=UTC), 0),
        (datetime(2025, 11, 3, 14, 14, tzinfo=UTC), datetime(2025, 11, 3, 14, 15, tzinfo=UTC), 0),
        (datetime(2025, 11, 3, 14, 15, tzinfo=UTC), datetime(2025, 11, 3, 14, 30, tzinfo=UTC), 1),
        (datetime(2025, 11, 4, 14, 1, tzinfo=UTC), datetime(2025, 11, 4, 14, 15, tzinfo=UTC), 96),
    ],
)
def test_what_was_missed_becomes_one_run_on_the_same_grid(
    now: datetime, following: datetime, missed: int, schedule: Schedule
) -> None:
    assert schedule.following(now) == (following, missed)


def test_a_slot_is_there_once(schedule: Schedule) -> None:
    Slot.objects.create(schedule=schedule, due_at=schedule.next_run_at)

    with pytest.raises(IntegrityError), transaction.atomic():
        Slot.objects.create(schedule=schedule, due_at=schedule.next_run_at)


def test_a_store_is_checked_by_one_schedule(schedule: Schedule) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Schedule.objects.create(store=schedule.store, owner=schedule.owner)


def test_it_says_what_it_does(schedule: Schedule) -> None:
    assert str(schedule) == "Check of folder every 15 min"
