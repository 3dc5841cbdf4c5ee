"""Rehearsals while stores are deleted, changed and checked, and while others begin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from project.audit import AuditEntry
from secrets_app.models import Secret
from stores import dispatch, runs
from stores.models import Run, Store
from tests.stores.runs.memory_flavor import MemoryFlavor
from tests.stores.runs.rehearsals.acting import (
    REFUSED,
    State,
    state,
    try_out,
)
from tests.support.threads import begin

pytestmark = [pytest.mark.django_db, pytest.mark.database]


# What happens to the stores meanwhile


def test_the_tick_decides_where_a_store_was_deleted_before_its_check(
    secret: Secret, store: Store, add_store: Callable[..., Store]
) -> None:
    add_store("second")
    rehearsal = runs.begin(secret, 2, True, secret.owner)
    runs.run_check(rehearsal.checks.get(store__name="second").pk)
    store.delete()
    assert state(rehearsal) == State.CHECKING

    dispatch.tick()

    rehearsal.refresh_from_db()
    assert rehearsal.state == State.SWITCHED
    assert rehearsal.words == "In use after a rehearsal with 1 store."


def test_the_tick_decides_where_every_store_was_deleted(secret: Secret, store: Store) -> None:
    rehearsal = runs.begin(secret, 2, False, secret.owner)
    store.delete()

    dispatch.tick()

    assert state(rehearsal) == State.PASSED


def test_the_tick_leaves_a_rehearsal_alone_that_still_goes_on(
    secret: Secret, store: Store, add_store: Callable[..., Store]
) -> None:
    second = add_store("second")
    rehearsal = runs.begin(secret, 2, True, secret.owner)
    second.delete()

    dispatch.tick()

    assert state(rehearsal) == State.CHECKING


def test_a_store_that_names_another_secret_now_is_not_tried(
    secret: Secret,
    store: Store,
    add_store: Callable[..., Store],
    add_secret: Callable[[str], Secret],
) -> None:
    other = add_secret("az_other")
    add_store("second")
    rehearsal = runs.begin(secret, 2, True, secret.owner)
    Store.objects.filter(pk=store.pk).update(authentication_secret=other.name)

    try_out(rehearsal)

    check = rehearsal.checks.get(store=store)
    assert (check.status, check.verdict, check.steps) == (Run.Status.FAILED, "", [])
    assert check.error == (
        "`first` names another secret now; version 2 of `az_secret` was not tried with it."
    )
    assert not AuditEntry.objects.filter(thing_name="az_other").exists()
    assert rehearsal.state == State.SWITCHED
    assert rehearsal.words == "In use after a rehearsal with 1 store."


def test_a_store_that_signs_in_in_another_way_now_is_not_tried(
    secret: Secret, store: Store, add_store: Callable[..., Store]
) -> None:
    add_store("second")
    rehearsal = runs.begin(secret, 2, True, secret.owner)
    Store.objects.filter(pk=store.pk).update(sign_in="none", authentication_secret="")

    try_out(rehearsal)

    assert rehearsal.checks.get(store=store).steps == []
    assert rehearsal.state == State.SWITCHED


def test_a_store_that_failed_and_then_names_another_secret_has_no_say(
    secret: Secret,
    store: Store,
    add_store: Callable[..., Store],
    add_secret: Callable[[str], Secret],
    memory: MemoryFlavor,
) -> None:
    add_secret("az_other")
    add_store("second")
    memory.refuse("first", "two", "list", REFUSED)
    rehearsal = runs.begin(secret, 2, True, secret.owner)
    runs.run_check(rehearsal.checks.get(store=store).pk)
    Store.objects.filter(pk=store.pk).update(authentication_secret="az_other")

    try_out(rehearsal)

    assert rehearsal.state == State.SWITCHED


# At the same time


@pytest.mark.django_db(transaction=True)
def test_forcing_and_beginning_another_never_wait_for_each_other(
    transactional_db: None, secret: Secret, store: Store
) -> None:
    rehearsal = runs.begin(secret, 2, True, secret.owner)
    forced: list[Any] = []

    with transaction.atomic():
        Secret.objects.select_for_update().get(pk=secret.pk)
        thread = begin(lambda: forced.append(runs.force(rehearsal, secret.owner)))
        runs.begin(secret, 3, True, secret.owner)
    thread.join()

    assert forced == [None]
    assert state(rehearsal) == State.WITHDRAWN


@pytest.mark.django_db(transaction=True)
def test_a_check_that_ends_and_beginning_another_never_wait_for_each_other(
    transactional_db: None, secret: Secret, store: Store
) -> None:
    rehearsal = runs.begin(secret, 2, True, secret.owner)
    check = rehearsal.checks.get()

    with transaction.atomic():
        Secret.objects.select_for_update().get(pk=secret.pk)
        thread = begin(lambda: runs.run_check(check.pk))
        runs.begin(secret, 3, True, secret.owner)
    thread.join()

    check.refresh_from_db()
    assert check.verdict == Store.State.HEALTHY
    assert state(rehearsal) == State.WITHDRAWN
