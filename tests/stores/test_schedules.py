"""Schedules: each slot is served once, whatever clocks do, and none holds up another."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from stores import dispatch, tasks
from stores.dispatch.clock import start_due, start_slot
from stores.models import Check, Run, Schedule, Slot, Store

pytestmark = [pytest.mark.django_db, pytest.mark.database]

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """No messages: what is started is told by the rows."""
    monkeypatch.setattr(tasks.check_store, "delay", lambda number: None)


def add_schedules(owner: User, count: int, **fields: Any) -> list[Schedule]:
    stores = [
        Store.objects.create(
            name=f"az{number}", flavor="azure", path="az://ml", sign_in="implicit", owner=owner
        )
        for number in range(count)
    ]
    return [
        Schedule.objects.create(store=store, owner=owner, **{"every_minutes": 10, **fields})
        for store in stores
    ]


@pytest.fixture
def schedule(admin_user: User) -> Schedule:
    return add_schedules(admin_user, 1)[0]


def due(schedule: Schedule, ago: timedelta) -> Any:
    """Let its slot have come so long ago; when that was."""
    schedule.next_run_at = timezone.now() - ago
    schedule.save()
    return schedule.next_run_at


def next_run(schedule: Schedule) -> Any:
    schedule.refresh_from_db()
    return schedule.next_run_at


def test_a_new_schedule_starts_at_the_next_tick(schedule: Schedule) -> None:
    dispatch.tick()

    slot = schedule.slots.get()
    assert slot.check_run.store == schedule.store
    assert slot.check_run.requested_by is None
    assert slot.missed == 0
    assert next_run(schedule) == slot.due_at + 10 * MINUTE


def test_a_slot_is_served_once(schedule: Schedule) -> None:
    dispatch.tick()
    dispatch.tick()

    assert Slot.objects.count() == 1
    assert Check.objects.count() == 1


def test_what_is_not_due_waits(schedule: Schedule) -> None:
    due(schedule, -MINUTE)

    dispatch.tick()

    assert Slot.objects.count() == 0


def test_each_slot_has_a_run_of_its_own(schedule: Schedule) -> None:
    dispatch.tick()
    Check.objects.update(status=Run.Status.DONE)
    due(schedule, MINUTE)

    dispatch.tick()

    assert Check.objects.count() == 2
    assert Slot.objects.count() == 2


def test_a_slot_that_comes_while_a_check_is_open_is_served_by_that(schedule: Schedule) -> None:
    dispatch.tick()
    due(schedule, MINUTE)

    dispatch.tick()

    assert Check.objects.count() == 1
    assert Slot.objects.values("check_run").distinct().count() == 1


def test_c03_missed_slots_become_one_run(schedule: Schedule) -> None:
    was_due = due(schedule, timedelta(hours=3, minutes=5))

    dispatch.tick()

    slot = schedule.slots.get()
    assert slot.missed == 18
    assert slot.due_at == was_due
    assert Check.objects.count() == 1
    assert next_run(schedule) == was_due + timedelta(hours=3, minutes=10)


def test_a_slot_that_comes_exactly_now_is_not_skipped(schedule: Schedule) -> None:
    now = timezone.now()
    schedule.next_run_at = now

    following, missed = schedule.following(now)

    assert following == now + 10 * MINUTE
    assert missed == 0


def test_a_paused_schedule_starts_nothing(schedule: Schedule) -> None:
    Schedule.objects.update(paused=True)

    dispatch.tick()

    assert Slot.objects.count() == 0


def test_a_schedule_paused_after_the_clock_looked_starts_nothing(schedule: Schedule) -> None:
    schedule.refresh_from_db()
    Schedule.objects.update(paused=True)

    slot = start_slot(schedule, timezone.now())

    assert slot is None
    assert Check.objects.count() == 0


def test_a_resumed_schedule_goes_on_from_now(schedule: Schedule) -> None:
    due(schedule, timedelta(days=3))
    Schedule.objects.update(paused=False, next_run_at=Now())

    dispatch.tick()

    assert schedule.slots.get().missed == 0


def test_c01_a_clock_that_comes_second_claims_nothing(schedule: Schedule) -> None:
    schedule.refresh_from_db()
    first = start_slot(schedule, timezone.now())

    second = start_slot(schedule, timezone.now())

    assert first is not None
    assert second is None


@pytest.mark.parametrize("microsecond", [0, 1, 999, 1000, 212_000, 999_999])
def test_a_slot_is_claimed_whatever_its_fraction_of_a_second(
    schedule: Schedule, microsecond: int
) -> None:
    schedule.next_run_at = (timezone.now() - MINUTE).replace(microsecond=microsecond)
    schedule.save()

    dispatch.tick()
    dispatch.tick()

    assert Slot.objects.count() == 1


def test_c21_one_bad_schedule_does_not_keep_the_others_waiting(
    admin_user: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = add_schedules(admin_user, 2)
    Schedule.objects.filter(pk=bad.pk).update(every_minutes=0)

    dispatch.tick()

    assert good.slots.count() == 1
    assert bad.slots.count() == 0
    assert next_run(bad) - timezone.now() > timedelta(minutes=59)
    assert "could not be started; trying again later" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_c01_c04_many_clocks_at_once_serve_each_slot_once(transactional_db: None) -> None:
    owner = User.objects.create_superuser("ada")
    add_schedules(owner, 30)
    together = threading.Barrier(4)
    broken: list[BaseException] = []

    def clock() -> None:
        try:
            together.wait()
            start_due()
        except BaseException as error:
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=clock) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert broken == []
    assert Slot.objects.count() == 30
    assert Slot.objects.values("schedule").distinct().count() == 30
    assert Check.objects.count() == 30


def test_the_tick_rings_again_for_what_the_database_dated(
    schedule: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(tasks.check_store, "delay", rung.append)
    check = Check.objects.create(store=schedule.store)
    Check.objects.update(rung_at=Now() - MINUTE)
    Schedule.objects.update(paused=True)

    dispatch.tick()
    dispatch.tick()

    assert rung == [check.pk]
