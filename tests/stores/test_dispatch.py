"""Queueing and ringing: messages may be lost or doubled, rows are not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from kombu.exceptions import ChannelError, OperationalError

from secrets_app.models import Secret, SecretsManager
from stores import dispatch, tasks
from stores.dispatch import clock
from stores.models import Check, Run, Stack, StackCheck, Store, Transfer, TransferRun

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def store(admin_user: User) -> Store:
    return Store.objects.create(
        name="az_store", flavor="azure", path="az://ml", sign_in="implicit", owner=admin_user
    )


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids that were rung for."""
    ids: list[int] = []
    monkeypatch.setattr(tasks.check_store, "delay", ids.append)
    return ids


def age(check: Check, seconds: float, **fields: Any) -> None:
    """As if it was last rung for so many seconds ago."""
    Check.objects.filter(pk=check.pk).update(
        rung_at=timezone.now() - timedelta(seconds=seconds), **fields
    )


def test_the_bell_rings_after_the_commit(
    store: Store, rung: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        check = dispatch.check(store, by=store.owner)
    before = list(rung)
    for callback in callbacks:
        callback()

    assert before == []
    assert rung == [check.pk]


def test_w47_an_open_check_serves_a_second_click(store: Store) -> None:
    first = dispatch.check(store, by=store.owner)
    second = dispatch.check(store, by=store.owner)

    assert second == first
    assert Check.objects.count() == 1


def test_a_second_click_rings_again(
    store: Store, rung: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    """The first bell may be lost, and nobody waits long where somebody asks."""
    check = Check.objects.create(store=store)

    with django_capture_on_commit_callbacks(execute=True):
        dispatch.check(store, by=store.owner)

    assert rung == [check.pk]


def test_what_is_forced_is_checked_at_once(
    admin_user: User, rung: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    secret = Secret.objects.create(
        name="az_secret", owner=admin_user, manager=SecretsManager.objects.built_in()
    )
    secret.replace({"account_name": "acct"})
    made = secret.add_version({"account_name": "other"})
    Store.objects.create(
        name="az_named",
        flavor="azure",
        path="az://ml",
        sign_in="from_secret",
        authentication_secret=secret.name,
        owner=admin_user,
    )
    rehearsal = dispatch.rehearse(secret, made.number, admin_user)

    with django_capture_on_commit_callbacks(execute=True):
        forced = dispatch.force(rehearsal, admin_user)
        again = dispatch.force(rehearsal, admin_user)

    assert (forced, again) == (True, False)
    assert rung == [Check.objects.get(rehearsal=None).pk]


@pytest.fixture
def fifty_checks(store: Store) -> None:
    """As many as a person may start within a minute, all of them done."""
    Check.objects.bulk_create(
        Check(store=store, requested_by=store.owner, status=Run.Status.DONE) for _ in range(50)
    )


def test_w29_a_person_starts_fifty_checks_a_minute_and_no_more(
    store: Store, fifty_checks: None
) -> None:
    with pytest.raises(dispatch.TooManyChecks) as refused:
        dispatch.check(store, by=store.owner)

    assert str(refused.value) == (
        "You may start 50 checks a minute, and you have. Wait a minute, then start the others."
    )
    assert Check.objects.count() == 50


def test_w29_a_minute_later_there_is_room_again(store: Store, fifty_checks: None) -> None:
    before = timezone.now() - timedelta(seconds=61)
    Check.objects.filter(pk=Check.objects.first().pk).update(queued_at=before)

    dispatch.check(store, by=store.owner)

    assert Check.objects.count() == 51


def test_w29_neither_schedules_nor_others_are_held_to_it(
    store: Store, fifty_checks: None, person: User
) -> None:
    theirs = Store.objects.create(
        name="b", flavor="azure", path="az://ml", sign_in="implicit", owner=person
    )

    dispatch.check(store, by=None)
    dispatch.check(theirs, by=person)

    assert Check.objects.count() == 52


def test_w29_an_open_check_serves_whoever_may_start_no_more(
    store: Store, fifty_checks: None
) -> None:
    waiting = Check.objects.create(store=store)

    assert dispatch.check(store, by=store.owner) == waiting


def test_a_check_that_began_before_the_store_was_changed_serves_nobody(store: Store) -> None:
    old = dispatch.check(store, by=store.owner)
    before = timezone.now() - timedelta(seconds=1)
    Check.objects.update(status=Run.Status.RUNNING, started_at=before)
    store.save()

    new = dispatch.check(store, by=store.owner)

    assert new != old
    assert new.status == Run.Status.QUEUED


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("connection refused"),
        ChannelError("cannot add file"),
        FileNotFoundError("the broker's folder"),
    ],
    ids=["redis", "a full disk", "a missing folder"],
)
def test_a_broker_that_is_down_does_not_spoil_the_request(
    store: Store,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    def down(*_: Any) -> None:
        raise error

    monkeypatch.setattr(tasks.check_store, "delay", down)

    with django_capture_on_commit_callbacks(execute=True):
        check = dispatch.check(store, by=store.owner)
    dispatch.tick()

    check.refresh_from_db()
    assert check.status == Run.Status.QUEUED


def test_the_tick_rings_for_a_run_that_nobody_took(store: Store, rung: list[int]) -> None:
    check = dispatch.check(store, by=store.owner)
    age(check, seconds=6)

    dispatch.tick()
    dispatch.tick()

    assert rung == [check.pk]


def test_the_tick_rings_ever_more_rarely(store: Store, rung: list[int]) -> None:
    check = dispatch.check(store, by=store.owner)
    age(check, seconds=6, rings=3)

    dispatch.tick()

    assert rung == []


def test_the_tick_rings_at_once_when_a_lease_ended(store: Store, rung: list[int]) -> None:
    check = dispatch.check(store, by=store.owner)
    past = timezone.now() - timedelta(seconds=1)
    age(check, seconds=31, status=Run.Status.RUNNING, fence=1, lease_until=past)

    dispatch.tick()

    assert rung == [check.pk]


def test_the_tick_leaves_a_working_run_alone(store: Store, rung: list[int]) -> None:
    check = dispatch.check(store, by=store.owner)
    soon = timezone.now() + timedelta(seconds=20)
    age(check, seconds=300, status=Run.Status.RUNNING, fence=1, lease_until=soon)

    dispatch.tick()

    assert rung == []


def test_the_tick_does_not_ring_for_what_waits_its_turn(store: Store, rung: list[int]) -> None:
    """A worker is at an earlier one: the messages of those behind it are still to come."""
    at_work, behind = (Check.objects.create(store=store) for _ in range(2))
    soon = timezone.now() + timedelta(seconds=20)
    age(at_work, seconds=6, status=Run.Status.RUNNING, fence=1, lease_until=soon)
    age(behind, seconds=6)

    dispatch.tick()

    assert rung == []


def test_the_tick_rings_for_what_was_overtaken(store: Store, rung: list[int]) -> None:
    """A worker is at a later one: the message of the one before it was lost."""
    overtaken, at_work = (Check.objects.create(store=store) for _ in range(2))
    soon = timezone.now() + timedelta(seconds=20)
    age(at_work, seconds=6, status=Run.Status.RUNNING, fence=1, lease_until=soon)
    age(overtaken, seconds=6)

    dispatch.tick()

    assert rung == [overtaken.pk]


@pytest.fixture
def stack(store: Store) -> Stack:
    """A stack whose store names a secret."""
    Store.objects.update(sign_in="from_secret", authentication_secret="az_secret")
    store.refresh_from_db()
    return Stack.objects.create(name="train", owner=store.owner, store=store)


@pytest.fixture
def stacks_rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids of checks of stacks that were rung for."""
    ids: list[int] = []
    monkeypatch.setattr(tasks.check_stack, "delay", ids.append)
    return ids


def test_the_tick_rings_for_a_plan_although_shards_take_all_places(
    store: Store, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(tasks.plan_transfer, "delay", rung.append)
    settings.TRANSFER_PARALLEL = 1
    busy, new = (Transfer.objects.create(owner=store.owner) for _ in range(2))
    late = timezone.now() - timedelta(seconds=60)
    busy.runs.create(
        kind=TransferRun.Kind.COPY,
        status=Run.Status.RUNNING,
        lease_until=timezone.now() + timedelta(seconds=60),
    )
    new.runs.create(kind=TransferRun.Kind.PLAN, rung_at=late)

    dispatch.tick()

    assert rung == [new.pk]


def test_a_check_of_a_stack_rings_for_the_store_and_for_the_secrets(
    stack: Stack,
    rung: list[int],
    stacks_rung: list[int],
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        dispatch.check_stack(stack, by=stack.owner)

    assert rung == [Check.objects.get().pk]
    assert stacks_rung == [StackCheck.objects.get().pk]


def test_the_tick_rings_for_a_check_of_a_stack_that_nobody_took(
    stack: Stack, stacks_rung: list[int]
) -> None:
    waiting = StackCheck.objects.create(stack=stack, rung_at=timezone.now() - timedelta(seconds=6))

    dispatch.tick()
    dispatch.tick()

    assert stacks_rung == [waiting.pk]


def test_a_check_of_a_stack_that_began_before_a_change_does_not_serve(stack: Stack) -> None:
    before = timezone.now() - timedelta(seconds=5)
    StackCheck.objects.create(stack=stack, status=Run.Status.RUNNING, started_at=before)

    dispatch.check_stack(stack, by=stack.owner)

    assert StackCheck.objects.count() == 2


def test_w29_checks_of_stacks_count_among_the_fifty(stack: Stack) -> None:
    StackCheck.objects.bulk_create(
        StackCheck(stack=stack, requested_by=stack.owner, status=Run.Status.DONE)
        for _ in range(50)
    )

    with pytest.raises(dispatch.TooManyChecks):
        dispatch.check(stack.store, by=stack.owner)


def test_runs_that_nobody_wants_do_not_keep_a_new_one_waiting(
    store: Store, rung: list[int]
) -> None:
    old, new = (Check.objects.create(store=store) for _ in range(2))
    age(old, seconds=300, rings=6)
    age(new, seconds=6)

    clock.ring_again(Check.objects.free(), most=1)

    assert rung == [new.pk]
