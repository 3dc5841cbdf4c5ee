"""Rehearsals: a version is used on demand, withdrawn, and checked after the switch."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from project.audit import AuditEntry
from secrets_app.models import Secret
from stores import runs
from stores.models import Check, Store
from tests.stores.runs.memory_flavor import MemoryFlavor
from tests.stores.runs.rehearsals.acting import (
    REFUSED,
    State,
    checked,
    rehearsed,
    state,
    try_out,
    version_in_use,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]


# On demand, and withdrawn


def test_a_version_that_was_refused_is_used_on_demand(
    secret: Secret, store: Store, memory: MemoryFlavor
) -> None:
    memory.refuse("first", "two", "list", REFUSED)
    rehearsal = rehearsed(secret)

    forced = runs.force(rehearsal, secret.owner)

    rehearsal.refresh_from_db()
    assert forced is not None
    assert rehearsal.state == State.SWITCHED
    assert rehearsal.words == "In use on demand."
    assert version_in_use(secret) == 2
    assert AuditEntry.objects.get(action="switched").words == "version 2: on demand"


def test_a_version_is_used_on_demand_before_all_checks_have_ended(
    secret: Secret, store: Store, memory: MemoryFlavor
) -> None:
    rehearsal = runs.begin(secret, 2, True, secret.owner)

    runs.force(rehearsal, secret.owner)
    memory.refuse("first", "two", "list", REFUSED)
    try_out(rehearsal)

    assert rehearsal.state == State.SWITCHED


def test_what_is_in_use_already_is_not_forced_again(secret: Secret, store: Store) -> None:
    rehearsal = rehearsed(secret)

    assert runs.force(rehearsal, secret.owner) is None
    assert AuditEntry.objects.filter(action="switched").count() == 1


def test_another_rehearsal_withdraws_one_that_goes_on(secret: Secret, store: Store) -> None:
    first = runs.begin(secret, 2, True, secret.owner)
    second = runs.begin(secret, 3, True, secret.owner)

    try_out(first)
    try_out(second)

    assert (first.state, first.words) == (State.WITHDRAWN, "Another rehearsal was begun.")
    assert second.state == State.SWITCHED
    assert version_in_use(secret) == 3


def test_a_version_made_current_meanwhile_withdraws_it(secret: Secret, store: Store) -> None:
    rehearsal = runs.begin(secret, 2, True, secret.owner)
    secret.make_current(3)

    try_out(rehearsal)

    assert rehearsal.state == State.WITHDRAWN
    assert rehearsal.words == "Version 3 was made current meanwhile."
    assert version_in_use(secret) == 3


def test_forcing_finds_a_version_made_current_meanwhile(
    secret: Secret, store: Store, memory: MemoryFlavor
) -> None:
    memory.refuse("first", "two", "list", REFUSED)
    rehearsal = rehearsed(secret)
    secret.make_current(3)

    forced = runs.force(rehearsal, secret.owner)

    assert forced is None
    assert state(rehearsal) == State.WITHDRAWN


def test_forcing_finds_that_the_version_was_destroyed_meanwhile(
    secret: Secret, store: Store
) -> None:
    rehearsal = rehearsed(secret, switch=False)
    secret.versions.filter(number=2).destroy()

    forced = runs.force(rehearsal, secret.owner)

    rehearsal.refresh_from_db()
    assert forced is None
    assert rehearsal.state == State.WITHDRAWN
    assert rehearsal.words == "Version 2 of `az_secret` is not kept any more."
    assert version_in_use(secret) == 1


# Checks after the switch


def test_after_the_switch_every_store_is_checked_with_the_new_version(
    secret: Secret, store: Store, add_store: Callable[..., Store]
) -> None:
    rehearsal = runs.begin(secret, 2, True, secret.owner)
    add_store("late")
    try_out(rehearsal)

    queued = list(Check.objects.open().filter(rehearsal=None).order_by("store__name"))
    for check in queued:
        runs.run_check(check.pk)

    done = Check.objects.filter(rehearsal=None).order_by("store__name")
    assert [
        (check.store.name, check.requested_by, check.secret, check.secret_version)
        for check in done.select_related("store")
    ] == [("first", secret.owner, secret, 2), ("late", secret.owner, secret, 2)]


def test_forcing_gives_the_checks_of_every_store(
    secret: Secret, store: Store, person: User
) -> None:
    rehearsal = rehearsed(secret, switch=False)

    checks = runs.force(rehearsal, person)

    assert checks is not None
    assert [(check.store, check.requested_by) for check in checks] == [(store, person)]


def test_a_check_that_is_open_at_the_switch_does_not_serve(secret: Secret, store: Store) -> None:
    """It may have read the version before already."""
    open_one = Check.objects.create(store=store)

    rehearsed(secret)

    assert Check.objects.open().exclude(pk=open_one.pk).count() == 1


def test_after_the_return_every_store_is_checked_with_the_version_before(
    secret: Secret, store: Store, memory: MemoryFlavor
) -> None:
    rehearsed(secret)
    memory.refuse("first", "two", "list", REFUSED)
    checked(store)

    for check in Check.objects.open():
        runs.run_check(check.pk)

    store.refresh_from_db()
    assert store.state == Store.State.HEALTHY
    assert store.checks.filter(rehearsal=None).first().secret_version == 1
