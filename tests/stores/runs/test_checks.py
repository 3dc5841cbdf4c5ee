"""Checks: each step is recorded as it ends, and the store is what was proven of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from stores import runs
from stores.flavors.base import Category, StoreError
from stores.models import Check, Run, Store
from stores.runs.lease import Lease
from tests.stores.runs.memory_flavor import MemoryFlavor
from tests.support.memory import MemoryBackend

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def store(add_store: Callable[[str], Store]) -> Store:
    return add_store("source")


@pytest.fixture
def check(store: Store) -> Check:
    return Check.objects.create(store=store)


def marks(check: Check) -> list[str]:
    return [f"{step['name']} {step['mark']}" for step in check.steps]


def run(check: Check) -> None:
    runs.run_check(check.pk)
    check.refresh_from_db()
    check.store.refresh_from_db()


def refuse(error: StoreError) -> Callable[..., Any]:
    def refused(*_: Any, **__: Any) -> None:
        raise error

    return refused


def test_a_good_store_is_healthy(check: Check) -> None:
    run(check)

    assert check.status == Run.Status.DONE
    assert marks(check) == [
        "settings ok",
        "secret ok",
        "name ok",
        "connect ok",
        "identity ok",
        "container ok",
        "list ok",
        "read ok",
        "write skipped",
        "delete skipped",
    ]
    assert check.store.state == Store.State.HEALTHY
    assert check.store.checked_at is not None


def test_a_probe_is_written_and_removed_where_it_is_allowed(
    check: Check, source: MemoryBackend
) -> None:
    Store.objects.update(allow_probes=True)

    run(check)

    assert marks(check)[-2:] == ["write ok", "delete ok"]
    assert [artifact.name for artifact in source.list()] == ["a", "b", "c"]


def test_the_first_failure_skips_the_rest_and_says_why(
    check: Check, source: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = StoreError(Category.TLS, "The certificate is not trusted.", action="Renew it.")
    monkeypatch.setattr(source, "connect", refuse(error))

    run(check)

    assert marks(check)[3:7] == [
        "connect failed",
        "identity skipped",
        "container skipped",
        "list skipped",
    ]
    assert check.steps[3]["words"] == "The certificate is not trusted."
    assert check.store.state == Store.State.FAILING
    assert "The certificate is not trusted." in check.store.state_words


def test_a_store_that_cannot_be_written_is_degraded(
    check: Check, source: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store.objects.update(allow_probes=True)
    error = StoreError(Category.PERMISSION, "Writing is not allowed.")
    monkeypatch.setattr(source, "write", refuse(error))

    run(check)

    assert check.store.state == Store.State.DEGRADED


def test_steps_are_seen_while_the_check_goes_on(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[list[str]] = []
    write = Lease.write

    def noting(lease: Lease, **fields: Any) -> None:
        written.append([step["name"] for step in fields.get("steps", [])])
        write(lease, **fields)

    monkeypatch.setattr(Lease, "write", noting)

    run(check)

    assert written[0] == ["settings", "secret"]
    assert ["settings", "secret", "name", "connect"] in written
    assert written[-1][-1] == "delete"


def test_t25_a_second_delivery_finds_nothing_to_do(
    check: Check, source: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(check)
    monkeypatch.setattr(source, "connect", lambda: 1 / 0)

    run(check)

    assert check.fence == 1
    assert check.store.state == Store.State.HEALTHY


def test_c13_a_message_for_a_deleted_check_does_nothing(check: Check) -> None:
    number = check.pk
    check.delete()

    runs.run_check(number)

    assert Check.objects.count() == 0


def test_c06_a_check_that_a_dead_worker_left_is_done_from_its_start(check: Check) -> None:
    Check.objects.update(
        status=Run.Status.RUNNING,
        fence=1,
        lease_until=timezone.now() - timedelta(seconds=1),
        steps=[{"name": "settings", "mark": "ok", "words": ""}],
    )

    run(check)

    assert check.fence == 2
    assert len(check.steps) == 10


def test_t26_a_worker_that_lost_its_check_says_nothing_of_the_store(
    check: Check, memory: MemoryFlavor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check_settings(*_: Any) -> str:
        Check.objects.update(fence=2)
        return "They fit."

    monkeypatch.setattr(memory, "check_settings", check_settings)

    run(check)

    assert check.status == Run.Status.RUNNING
    assert check.store.state == Store.State.NEVER


def test_what_was_proven_says_nothing_of_settings_changed_meanwhile(
    check: Check, memory: MemoryFlavor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check_settings(*_: Any) -> str:
        Store.objects.filter(pk=check.store.pk).update(path="elsewhere")
        return "They fit."

    monkeypatch.setattr(memory, "check_settings", check_settings)

    run(check)

    assert check.verdict == Store.State.HEALTHY
    assert check.store.state == Store.State.NEVER
