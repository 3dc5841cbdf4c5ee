"""Versions of secrets that are destroyed: on demand, by the clock, and not while a watch may bring
them back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from project import audit
from project.audit import AuditEntry
from secrets_app.models import Secret, SecretsManager, SecretVersion
from stores import destroying, dispatch
from stores.models import Rehearsal

pytestmark = [pytest.mark.django_db, pytest.mark.database]

KEY = "b25lIGtleSBvZiA2NCBieXRlcw=="


def secret_of(owner: User, name: str) -> Secret:
    """A secret in three versions, of which the last is in use."""
    secret = Secret.objects.create(
        name=name, owner=owner, manager=SecretsManager.objects.built_in()
    )
    secret.replace({"account_name": "acct", "account_key": KEY})
    secret.replace({"account_name": "second"})
    secret.replace({"account_name": "third"})
    return secret


@pytest.fixture
def secret(person: User) -> Secret:
    return secret_of(person, "az_secret")


@pytest.fixture
def watched(secret: Secret) -> Rehearsal:
    """Version 3 was taken into use in the place of version 2, ten hours ago."""
    return Rehearsal.objects.create(
        secret=secret,
        version=3,
        previous=2,
        state=Rehearsal.State.SWITCHED,
        switched_at=timezone.now() - timedelta(hours=10),
    )


def destroyed(secret: Secret) -> list[int]:
    """The numbers of the versions that are gone."""
    gone = secret.versions.filter(destroyed_at__isnull=False).order_by("number")
    return list(gone.values_list("number", flat=True))


def test_the_clock_leaves_one_line_a_secret_in_the_audit(secret: Secret, person: User) -> None:
    secret_of(person, "az_other")
    SecretVersion.objects.filter(unused_since__isnull=False).update(
        unused_since=timezone.now() - timedelta(days=31)
    )

    dispatch.tick()
    dispatch.tick()

    entries = AuditEntry.objects.filter(action="destroyed").order_by("thing_name")
    assert list(entries.values_list("actor_name", "thing_name", "words")) == [
        ("Storeroom", "az_other", "version 1, version 2: not in use for 30 days"),
        ("Storeroom", "az_secret", "version 1, version 2: not in use for 30 days"),
    ]
    assert destroyed(secret) == [1, 2]


def test_the_clock_leaves_what_was_retired_lately(secret: Secret) -> None:
    secret.versions.filter(number=1).update(unused_since=timezone.now() - timedelta(days=31))

    dispatch.tick()

    assert destroyed(secret) == [1]
    assert AuditEntry.objects.get().words == "version 1: not in use for 30 days"


def test_the_version_that_a_watch_would_bring_back_stays(
    secret: Secret, watched: Rehearsal, person: User
) -> None:
    moment = timezone.now().replace(hour=9, minute=30, second=0, microsecond=0)
    Rehearsal.objects.update(switched_at=moment)

    with pytest.raises(destroying.NotDestroyed) as refusal:
        destroying.destroy_version(secret, 2, person)

    tomorrow = moment + timedelta(days=1)
    assert str(refusal.value) == (
        "Version 2 comes back by itself if a store fails with version 3 until"
        f" {tomorrow.day} {tomorrow:%b} 09:30 UTC. Destroy it after that."
    )
    assert destroyed(secret) == []


def test_others_may_be_destroyed_during_a_watch(
    secret: Secret, watched: Rehearsal, person: User
) -> None:
    destroying.destroy_version(secret, 1, person)

    assert destroyed(secret) == [1]
    assert AuditEntry.objects.get().words == "version 1"


def test_it_may_be_destroyed_after_the_watch(
    secret: Secret, watched: Rehearsal, person: User
) -> None:
    Rehearsal.objects.update(switched_at=timezone.now() - timedelta(hours=25))

    destroying.destroy_version(secret, 2, person)

    assert destroyed(secret) == [2]


@pytest.mark.parametrize("number", [3, 7], ids=["in use", "never there"])
def test_nothing_to_destroy_is_said(secret: Secret, person: User, number: int) -> None:
    with pytest.raises(destroying.NotDestroyed) as refusal:
        destroying.destroy_version(secret, number, person)

    assert str(refusal.value) == f"Version {number} is in use, or is gone already."
    assert not AuditEntry.objects.exists()


def test_nothing_is_destroyed_without_its_line_in_the_audit(
    secret: Secret, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(audit, "record", full)

    with pytest.raises(OSError, match="No space left"):
        destroying.destroy_version(secret, 1, person)

    assert destroyed(secret) == []
    assert secret.reveal(1) == {"account_name": "acct", "account_key": KEY}
