"""Rehearsals: a version of a secret is tried, taken into use, watched, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from project.audit import AuditEntry
from secrets_app.models import NotKept, Secret, SecretsManager
from stores import dispatch, runs
from stores.flavors.base import Category, SignIn, StoreError
from stores.models import Check, Rehearsal, Run, Store, Transfer, TransferRun
from stores.transfers import Conflict
from tests.stores.runs.memory_flavor import MemoryFlavor
from tests.support.memory import MemoryBackend
from tests.support.threads import begin

pytestmark = [pytest.mark.django_db, pytest.mark.database]

State = Rehearsal.State

REFUSED = StoreError(Category.SIGN_IN, "The key is refused.")
MISSING = StoreError(Category.CONTAINER_MISSING, "There is no container.")
READ_ONLY = StoreError(Category.PERMISSION, "Writing is not allowed.")
UNFIT = StoreError(Category.SECRET_SHAPE, "This is no key.")


@pytest.fixture
def add_secret(admin_user: User) -> Callable[[str], Secret]:
    """A function that seals a secret in three versions, of which the first is in use."""

    def add(name: str) -> Secret:
        secret = Secret.objects.create(
            name=name,
            owner=admin_user,
            schema="arbitrary",
            manager=SecretsManager.objects.built_in(),
        )
        secret.replace({"token": "one"})
        secret.add_version({"token": "two"})
        secret.add_version({"token": "three"})
        return secret

    return add


@pytest.fixture
def secret(add_secret: Callable[[str], Secret]) -> Secret:
    return add_secret("az_secret")


@pytest.fixture
def add_store(memory: MemoryFlavor, secret: Secret, admin_user: User) -> Callable[..., Store]:
    """A function that registers a store that names the secret and works with all its versions."""

    def add(name: str, *, allow_probes: bool = False) -> Store:
        memory.backends[name] = MemoryBackend()
        return Store.objects.create(
            name=name,
            path=name,
            flavor="memory",
            sign_in="from_secret",
            authentication_secret=secret.name,
            allow_probes=allow_probes,
            owner=admin_user,
        )

    return add


@pytest.fixture
def store(add_store: Callable[..., Store]) -> Store:
    return add_store("first", allow_probes=True)


def checked(store: Store) -> Check:
    """A check of the store with the version in use, after its end."""
    check = Check.objects.create(store=store)
    runs.run_check(check.pk)
    check.refresh_from_db()
    return check


def try_out(rehearsal: Rehearsal) -> None:
    """Carry out what is open of the rehearsal's checks."""
    for check in rehearsal.checks.open():
        runs.run_check(check.pk)
    rehearsal.refresh_from_db()


def rehearsed(secret: Secret, version: int = 2, *, switch: bool = True) -> Rehearsal:
    """A rehearsal of the version, after the end of its checks."""
    rehearsal = runs.begin(secret, version, switch, secret.owner)
    try_out(rehearsal)
    return rehearsal


def version_in_use(secret: Secret) -> int:
    return Secret.objects.get(pk=secret.pk).version


def state(rehearsal: Rehearsal) -> str:
    return Rehearsal.objects.get(pk=rehearsal.pk).state


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


# The watch


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
