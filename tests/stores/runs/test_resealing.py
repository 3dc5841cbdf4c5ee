"""A pass over everything that is sealed: counted in batches, and taken over where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.utils import timezone

from project.audit import AuditEntry
from project.keys import key_id
from secrets_app import rotation
from secrets_app.models import Secret, SecretsManager, SecretValue
from stores import dispatch, runs, tasks
from stores.models import Resealing, Run

pytestmark = [pytest.mark.django_db, pytest.mark.database]

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
ROTATE, VERIFY = Resealing.Kind.ROTATE, Resealing.Kind.VERIFY


@pytest.fixture(autouse=True)
def secrets(admin_user: User, settings: Any) -> list[Secret]:
    """Four secrets that the old key sealed, while the new one seals already."""
    settings.FERNET_KEYS = [OLD]
    manager = SecretsManager.objects.built_in()
    made = []
    for number in range(4):
        secret = Secret.objects.create(
            name=f"secret {number}", owner=admin_user, manager=manager, schema="arbitrary"
        )
        secret.replace({"token": f"canary {number}"})
        made.append(secret)
    settings.FERNET_KEYS = [NEW, OLD]
    return made


def damage(secret: Secret) -> SecretValue:
    """Replace the sealed text by another one."""
    value: SecretValue = secret.current.values.get()
    value.sealed = "no sealed text"
    value.save()
    return value


def carry_out(kind: Resealing.Kind, by: User) -> Resealing:
    run = dispatch.reseal(kind, by)
    runs.run_resealing(run.pk)
    run.refresh_from_db()
    return run


def test_everything_is_sealed_anew(admin_user: User) -> None:
    run = carry_out(ROTATE, admin_user)

    assert run.status == Run.Status.DONE
    assert (run.rows, run.resealed, run.unreadable_rows) == (5, 5, 0)
    assert rotation.rows_by_key() == {key_id(NEW): 5}


def test_verifying_changes_nothing(admin_user: User) -> None:
    run = carry_out(VERIFY, admin_user)

    assert (run.rows, run.resealed, run.unreadable_rows) == (5, 0, 0)
    assert rotation.rows_by_key() == {key_id(OLD): 5}


@pytest.mark.parametrize("kind", [ROTATE, VERIFY])
def test_s09_what_cannot_be_opened_is_named_without_its_value(
    kind: Resealing.Kind, secrets: list[Secret], admin_user: User
) -> None:
    value = damage(secrets[2])

    run = carry_out(kind, admin_user)

    assert run.unreadable_rows == 1
    assert run.unreadable == [
        {
            "model": "secrets_app.secretvalue",
            "pk": value.pk,
            "place": f"secrets_app.secret {secrets[2].pk} token 1",
            "key_id": "",
            "reason": "cannot be decrypted with the loaded keys: what is stored is no sealed"
            " value",
        }
    ]


def test_only_the_first_unreadable_rows_are_named(
    secrets: list[Secret], admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stores.runs.resealing.NAMED", 1)
    first, _ = damage(secrets[0]), damage(secrets[1])

    run = carry_out(VERIFY, admin_user)

    assert [row["pk"] for row in run.unreadable] == [first.pk]
    assert (run.unreadable_rows, run.unnamed_rows) == (2, 1)


@pytest.mark.parametrize(("kind", "done"), [(ROTATE, "sealed anew"), (VERIFY, "verified")])
def test_the_audit_tells_of_its_start_and_its_end(
    kind: Resealing.Kind, done: str, secrets: list[Secret], admin_user: User
) -> None:
    damage(secrets[0])

    run = carry_out(kind, admin_user)

    entries = AuditEntry.objects.filter(kind="resealing", thing_id=str(run.pk)).order_by("pk")
    assert [entry.action for entry in entries] == ["started", done]
    assert {entry.actor for entry in entries} == {admin_user}
    assert entries[1].words == (f"5 rows read, {run.resealed} sealed anew, 1 cannot be opened")


def test_one_that_is_open_serves_a_second_click(admin_user: User) -> None:
    first = dispatch.reseal(ROTATE, admin_user)

    second = dispatch.reseal(VERIFY, admin_user)

    assert second == first
    assert AuditEntry.objects.filter(kind="resealing").count() == 1


def test_a_second_delivery_does_nothing(admin_user: User) -> None:
    run = carry_out(ROTATE, admin_user)

    runs.run_resealing(run.pk)

    run.refresh_from_db()
    assert (run.fence, run.resealed) == (1, 5)
    assert AuditEntry.objects.filter(action="sealed anew").count() == 1


def test_s07_what_a_dead_worker_left_goes_on_and_counts_all(
    admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotate = rotation.rotate

    def die(progress: Callable[[rotation.Count], None]) -> None:
        def power_loss(count: rotation.Count) -> None:
            progress(count)
            if count.resealed > 1:
                raise KeyboardInterrupt

        rotate(power_loss, batch=2)

    run = dispatch.reseal(ROTATE, admin_user)
    monkeypatch.setattr(rotation, "rotate", die)
    with pytest.raises(KeyboardInterrupt):
        runs.run_resealing(run.pk)
    monkeypatch.setattr(rotation, "rotate", rotate)
    left = rotation.rows_by_key()[key_id(OLD)]
    Resealing.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    runs.run_resealing(run.pk)

    run.refresh_from_db()
    assert left == 2
    assert (run.status, run.fence) == (Run.Status.DONE, 2)
    assert (run.rows, run.resealed) == (5, 5)


def test_a_worker_that_lost_its_lease_stops_at_the_next_batch(
    admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotate = rotation.rotate

    def overtaken(progress: Callable[[rotation.Count], None]) -> rotation.Count:
        Resealing.objects.update(fence=7)
        return rotate(progress, batch=2)

    run = dispatch.reseal(ROTATE, admin_user)
    monkeypatch.setattr(rotation, "rotate", overtaken)

    runs.run_resealing(run.pk)

    run.refresh_from_db()
    assert (run.status, run.rows) == (Run.Status.RUNNING, 0)
    assert rotation.rows_by_key() == {key_id(NEW): 1, key_id(OLD): 4}
    assert not AuditEntry.objects.filter(action="sealed anew").exists()


def test_the_clock_rings_for_one_that_nobody_took(
    admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(tasks.reseal, "delay", rung.append)
    run = dispatch.reseal(VERIFY, admin_user)
    Resealing.objects.update(rung_at=timezone.now() - timedelta(seconds=6))

    dispatch.tick()

    assert rung == [run.pk]
