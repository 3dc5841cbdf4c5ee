"""Rehearsals: a version of a secret is tried with every store, and taken into use or not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from project.audit import AuditEntry
from secrets_app.models import NotKept, Secret
from stores import runs
from stores.flavors.base import StoreError
from stores.models import Rehearsal, Store
from tests.stores.runs.memory_flavor import MemoryFlavor
from tests.stores.runs.rehearsals.acting import (
    MISSING,
    READ_ONLY,
    REFUSED,
    State,
    checked,
    rehearsed,
    try_out,
    version_in_use,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]


# The verdict


def test_a_version_that_works_with_every_store_is_taken_into_use(
    secret: Secret, store: Store, add_store: Callable[..., Store]
) -> None:
    add_store("second")

    rehearsal = rehearsed(secret)

    assert rehearsal.state == State.SWITCHED
    assert rehearsal.words == "In use after a rehearsal with 2 stores."
    assert version_in_use(secret) == 2
    entry = AuditEntry.objects.get(action="switched")
    assert entry.words == "version 2: after a rehearsal with 2 stores"
    assert entry.actor == secret.owner


def test_a_version_that_one_store_refuses_is_not(
    secret: Secret, store: Store, add_store: Callable[..., Store], memory: MemoryFlavor
) -> None:
    add_store("second")
    memory.refuse("first", "two", "list", REFUSED)

    rehearsal = rehearsed(secret)

    assert rehearsal.state == State.REFUSED
    assert rehearsal.words == (
        "Version 1 stays in use. `first`: “List” failed: The key is refused."
    )
    assert version_in_use(secret) == 1
    assert AuditEntry.objects.get(action="refused").words == "version 2: `first` did not pass"


def test_a_version_that_is_only_tried_is_not_taken_into_use(secret: Secret, store: Store) -> None:
    rehearsal = rehearsed(secret, switch=False)

    assert rehearsal.state == State.PASSED
    assert rehearsal.words == "Passed with 1 store."
    assert version_in_use(secret) == 1


def test_where_no_store_names_the_secret_there_is_nothing_to_try(secret: Secret) -> None:
    rehearsal = rehearsed(secret)

    assert rehearsal.state == State.SWITCHED
    assert rehearsal.words == "In use after a rehearsal with no stores."


def test_a_version_that_is_gone_is_not_rehearsed(secret: Secret, store: Store) -> None:
    secret.versions.filter(number=2).destroy()

    with pytest.raises(NotKept) as refusal:
        runs.begin(secret, 2, True, secret.owner)

    assert str(refusal.value) == "Version 2 of `az_secret` is not kept any more."
    assert not Rehearsal.objects.exists()


def test_a_version_that_is_destroyed_meanwhile_is_refused(secret: Secret, store: Store) -> None:
    rehearsal = runs.begin(secret, 2, True, secret.owner)
    secret.versions.filter(number=2).destroy()

    try_out(rehearsal)

    assert rehearsal.state == State.REFUSED
    assert "Version 2 of `az_secret` is not kept any more." in rehearsal.words
    assert version_in_use(secret) == 1


def test_a_version_with_which_a_store_cannot_be_written_any_more_is_refused(
    secret: Secret, store: Store, memory: MemoryFlavor
) -> None:
    checked(store)
    memory.refuse("first", "two", "write", READ_ONLY)

    rehearsal = rehearsed(secret)

    assert rehearsal.state == State.REFUSED


# Stores that failed before


def test_a_store_that_fails_as_before_does_not_keep_the_version_out(
    secret: Secret, store: Store, add_store: Callable[..., Store], memory: MemoryFlavor
) -> None:
    add_store("second")
    memory.refuse("first", "one", "list", MISSING)
    memory.refuse("first", "two", "list", MISSING)
    checked(store)

    rehearsal = rehearsed(secret)

    assert rehearsal.state == State.SWITCHED
    assert rehearsal.words == (
        "In use after a rehearsal with 2 stores (failing as before: `first`)."
    )
    by_store = {check.store.name: check.as_before for check in rehearsal.checks.all()}
    assert by_store == {"first": True, "second": False}


def test_a_store_that_cannot_be_written_as_before_does_not_either(
    secret: Secret, store: Store, memory: MemoryFlavor
) -> None:
    memory.refuse("first", "one", "write", READ_ONLY)
    memory.refuse("first", "two", "write", READ_ONLY)
    checked(store)

    assert rehearsed(secret).state == State.SWITCHED


@pytest.mark.parametrize(
    ("step", "error"),
    [("list", REFUSED), ("connect", MISSING), ("write", READ_ONLY)],
    ids=["for another reason", "at another step", "less"],
)
def test_a_store_that_failed_in_another_way_before_does(
    secret: Secret, store: Store, memory: MemoryFlavor, step: str, error: StoreError
) -> None:
    memory.refuse("first", "one", step, error)
    memory.refuse("first", "two", "list", MISSING)
    checked(store)

    assert rehearsed(secret).state == State.REFUSED


def test_failing_with_the_version_itself_before_is_no_excuse(
    secret: Secret, store: Store, memory: MemoryFlavor
) -> None:
    rehearsed(secret)
    memory.refuse("first", "two", "list", REFUSED)
    checked(store)
    assert version_in_use(secret) == 1

    again = rehearsed(secret)

    assert again.state == State.REFUSED
    assert not again.checks.get().as_before


def test_failing_with_another_secret_before_is_no_excuse(
    secret: Secret,
    store: Store,
    add_secret: Callable[[str], Secret],
    memory: MemoryFlavor,
) -> None:
    add_secret("az_other")
    memory.refuse("first", "one", "list", REFUSED)
    memory.refuse("first", "two", "list", REFUSED)
    Store.objects.update(authentication_secret="az_other")
    checked(Store.objects.get())
    Store.objects.update(authentication_secret=secret.name)

    assert rehearsed(secret).state == State.REFUSED
