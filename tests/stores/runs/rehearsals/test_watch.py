"""Rehearsals: after the switch a version is watched, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from project.audit import AuditEntry
from secrets_app.models import Secret
from stores import runs
from stores.flavors.base import Category, SignIn, StoreError
from stores.models import Rehearsal, Store, Transfer, TransferRun
from stores.transfers import Conflict
from tests.stores.runs.memory_flavor import MemoryFlavor
from tests.stores.runs.rehearsals.acting import (
    MISSING,
    READ_ONLY,
    REFUSED,
    State,
    checked,
    rehearsed,
    state,
    try_out,
    version_in_use,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_a_store_that_fails_in_the_watch_brings_the_version_before_back(
    secret: Secret, store: Store, memory: MemoryFlavor
) -> None:
    rehearsal = rehearsed(secret)
    memory.refuse("first", "two", "list", REFUSED)

    checked(store)

    rehearsal.refresh_from_db()
    assert rehearsal.state == State.RETURNED
    assert rehearsal.words == (
        "Version 1 is in use again. `first` failed with version 2: “List” failed:"
        " The key is refused."
    )
    assert version_in_use(secret) == 1
    assert AuditEntry.objects.get(action="taken back").actor is None


def test_a_store_that_is_new_since_the_switch_brings_it_back_as_well(
    secret: Secret, add_store: Callable[..., Store], memory: MemoryFlavor
) -> None:
    add_store("first")
    rehearsal = rehearsed(secret)
    late = add_store("late")
    memory.refuse("late", "two", "list", REFUSED)

    checked(late)

    assert state(rehearsal) == State.RETURNED


def test_after_a_day_nothing_comes_back_by_itself(
    secret: Secret, store: Store, memory: MemoryFlavor
) -> None:
    rehearsal = rehearsed(secret)
    Rehearsal.objects.update(switched_at=timezone.now() - timedelta(hours=24, seconds=1))
    memory.refuse("first", "two", "list", REFUSED)

    checked(store)

    rehearsal.refresh_from_db()
    assert rehearsal.state == State.SWITCHED
    assert rehearsal.watched_until is None
    assert version_in_use(secret) == 2


@pytest.mark.parametrize(
    "category",
    [
        Category.DNS,
        Category.CONNECT,
        Category.TLS,
        Category.TIMEOUT,
        Category.UNAVAILABLE,
        Category.THROTTLED,
        Category.SETTINGS,
    ],
)
def test_a_failure_that_tells_nothing_of_the_secret_brings_nothing_back(
    secret: Secret, store: Store, memory: MemoryFlavor, category: Category
) -> None:
    rehearsal = rehearsed(secret)
    memory.refuse("first", "two", "connect", StoreError(category, "It does not answer."))

    check = checked(store)

    assert check.verdict != Store.State.HEALTHY
    assert state(rehearsal) == State.SWITCHED
    assert version_in_use(secret) == 2


def test_a_store_that_cannot_be_written_any_more_brings_the_version_before_back(
    secret: Secret, store: Store, memory: MemoryFlavor
) -> None:
    rehearsal = rehearsed(secret)
    memory.refuse("first", "two", "write", READ_ONLY)

    check = checked(store)

    assert check.verdict == Store.State.DEGRADED
    assert state(rehearsal) == State.RETURNED
    assert version_in_use(secret) == 1


def test_a_store_that_nobody_could_ever_write_to_does_not(
    secret: Secret, add_store: Callable[..., Store], memory: MemoryFlavor
) -> None:
    rehearsal = rehearsed(secret)
    late = add_store("late", allow_probes=True)
    memory.refuse("late", "two", "write", READ_ONLY)

    check = checked(late)

    assert check.verdict == Store.State.DEGRADED
    assert state(rehearsal) == State.SWITCHED


@pytest.mark.parametrize("category", [Category.SECRET_SHAPE, Category.SECRET_EXPIRED])
def test_a_version_that_does_not_even_fit_is_taken_back(
    secret: Secret, store: Store, memory: MemoryFlavor, category: Category
) -> None:
    rehearsal = runs.begin(secret, 2, True, secret.owner)
    runs.force(rehearsal, secret.owner)
    memory.refuse("first", "two", "secret", StoreError(category, "It does not fit."))

    check = checked(store)

    assert (check.secret, check.secret_version) == (secret, 2)
    assert not AuditEntry.objects.filter(action="used").exists()
    assert state(rehearsal) == State.RETURNED
    assert version_in_use(secret) == 1


def test_a_store_that_failed_when_the_version_was_forced_brings_nothing_back(
    secret: Secret, store: Store, memory: MemoryFlavor
) -> None:
    memory.refuse("first", "two", "list", REFUSED)
    rehearsal = rehearsed(secret)
    runs.force(rehearsal, secret.owner)

    checked(store)

    assert state(rehearsal) == State.SWITCHED
    assert version_in_use(secret) == 2


def test_a_store_that_was_read_only_when_it_was_forced_brings_it_back_once_it_fails(
    secret: Secret, store: Store, memory: MemoryFlavor
) -> None:
    memory.refuse("first", "two", "write", READ_ONLY)
    rehearsal = rehearsed(secret)
    runs.force(rehearsal, secret.owner)
    checked(store)
    assert state(rehearsal) == State.SWITCHED

    memory.refuse("first", "two", "list", REFUSED)
    checked(store)

    assert state(rehearsal) == State.RETURNED


def test_a_store_whose_check_ended_after_the_version_was_forced_brings_it_back(
    secret: Secret, store: Store, memory: MemoryFlavor
) -> None:
    rehearsal = runs.begin(secret, 2, True, secret.owner)
    runs.force(rehearsal, secret.owner)
    Rehearsal.objects.update(switched_at=timezone.now() - timedelta(seconds=1))
    memory.refuse("first", "two", "list", REFUSED)
    try_out(rehearsal)

    checked(store)

    assert state(rehearsal) == State.RETURNED


def test_a_store_that_failed_before_the_switch_brings_nothing_back(
    secret: Secret, add_store: Callable[..., Store], memory: MemoryFlavor
) -> None:
    """It was not even in the rehearsal."""
    rehearsal = runs.begin(secret, 2, False, secret.owner)
    late = add_store("late")
    memory.refuse("late", "one", "list", MISSING)
    memory.refuse("late", "two", "list", MISSING)
    checked(late)
    runs.force(rehearsal, secret.owner)

    checked(late)

    assert state(rehearsal) == State.SWITCHED


def test_a_failing_store_that_is_tolerated_brings_nothing_back_after_the_switch(
    secret: Secret, store: Store, memory: MemoryFlavor
) -> None:
    memory.refuse("first", "one", "list", MISSING)
    memory.refuse("first", "two", "list", MISSING)
    checked(store)
    rehearsal = rehearsed(secret)

    checked(store)

    assert state(rehearsal) == State.SWITCHED


def test_a_check_that_failed_with_the_version_before_blames_that_one(
    secret: Secret, store: Store, memory: MemoryFlavor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch comes right after the check has read its secret."""
    memory.refuse("first", "one", "list", REFUSED)
    rehearsal = rehearsed(secret, switch=False)

    def switched_meanwhile(*_: Any) -> SignIn:
        runs.force(rehearsal, secret.owner)
        return SignIn.NONE

    monkeypatch.setattr(memory, "check_secret", switched_meanwhile)

    check = checked(store)

    assert check.verdict == Store.State.FAILING
    assert (check.secret, check.secret_version) == (secret, 1)
    assert AuditEntry.objects.filter(action="used").latest("pk").words == "version 1 for first"
    assert state(rehearsal) == State.SWITCHED
    assert version_in_use(secret) == 2


def test_a_check_blames_the_secret_it_used_though_its_store_names_another_by_now(
    secret: Secret,
    store: Store,
    add_secret: Callable[[str], Secret],
    memory: MemoryFlavor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = add_secret("az_other")
    rehearsal = rehearsed(other)
    secret.make_current(2)
    memory.refuse("first", "two", "list", REFUSED)

    def renamed_meanwhile(*_: Any) -> SignIn:
        Store.objects.filter(pk=store.pk).update(authentication_secret=other.name)
        return SignIn.NONE

    monkeypatch.setattr(memory, "check_secret", renamed_meanwhile)

    check = checked(store)

    assert check.verdict == Store.State.FAILING
    assert (check.secret, check.secret_version) == (secret, 2)
    assert state(rehearsal) == State.SWITCHED


def test_the_audit_of_a_transfer_names_the_version_it_really_used(
    secret: Secret,
    store: Store,
    add_store: Callable[..., Store],
    memory: MemoryFlavor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    transfer = Transfer.objects.create(
        owner=secret.owner,
        source=store,
        target=add_store("second"),
        conflict=Conflict.SKIP_SAME,
    )
    TransferRun.objects.create(transfer=transfer, kind=TransferRun.Kind.PLAN)

    def switched_meanwhile(path: str, *_: Any) -> SignIn:
        secret.make_current({"first": 2, "second": 3}[path])
        return SignIn.NONE

    monkeypatch.setattr(memory, "check_secret", switched_meanwhile)

    runs.run_plan(transfer.pk)

    assert list(AuditEntry.objects.order_by("pk").values_list("action", "words")) == [
        ("used", "version 1 for first"),
        ("used", "version 2 for second"),
    ]


def test_a_return_that_is_impossible_is_said_once(
    secret: Secret, store: Store, memory: MemoryFlavor
) -> None:
    rehearsal = rehearsed(secret)
    secret.versions.filter(number=1).destroy()
    memory.refuse("first", "two", "list", REFUSED)

    checked(store)
    checked(store)

    rehearsal.refresh_from_db()
    assert rehearsal.state == State.SWITCHED
    assert rehearsal.words == (
        "Not taken back. Version 1 of `az_secret` is not kept any more. `first` failed with"
        " version 2: “List” failed: The key is refused."
    )
    assert rehearsal.watched_until is None
    assert version_in_use(secret) == 2
    assert AuditEntry.objects.get(action="not taken back").words.startswith(
        "version 2: Version 1 of `az_secret` is not kept any more."
    )


def test_the_first_version_of_all_has_nothing_to_go_back_to(
    add_store: Callable[..., Store], memory: MemoryFlavor, secret: Secret
) -> None:
    Secret.objects.filter(pk=secret.pk).update(version=0)
    add_store("first")
    rehearsal = rehearsed(Secret.objects.get(pk=secret.pk))
    memory.refuse("first", "two", "list", REFUSED)

    checked(Store.objects.get())

    rehearsal.refresh_from_db()
    assert (rehearsal.state, rehearsal.watched_until) == (State.SWITCHED, None)
    assert rehearsal.words == "In use after a rehearsal with 1 store."


def test_a_version_that_another_one_replaced_is_not_watched_any_more(
    secret: Secret, store: Store
) -> None:
    rehearsal = rehearsed(secret)
    assert rehearsal.watched_until is not None
    rehearsal.secret.make_current(3)

    assert rehearsal.watched_until is None
    assert not Rehearsal.objects.watching().exists()
