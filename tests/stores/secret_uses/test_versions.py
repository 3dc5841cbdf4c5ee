"""The versions of a secret: which are equal, and how long they are kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from project.audit import AuditEntry
from secrets_app.models import Secret, SecretVersion
from stores import dispatch
from tests.stores.secret_uses.keys import KEY, OTHER_KEY
from tests.support.pages import signed_in, words

pytestmark = pytest.mark.django_db


def test_s24_equal_values_have_equal_fingerprints(
    secret: Secret, add_secret: Callable[..., Secret], person: User
) -> None:
    equal = add_secret("az_old", account_name="acct", account_key=KEY)
    different = add_secret("az_other", account_name="acct", account_key=OTHER_KEY)

    page = words(signed_in(person), f"/secrets/secret/{secret.pk}/overview/")

    assert secret.current.fingerprint == equal.current.fingerprint
    assert secret.current.fingerprint != different.current.fingerprint
    assert KEY not in secret.current.fingerprint
    assert "The same value is stored as az_old, version 1. Use that one" in page
    assert "az_other" not in page


def test_an_equal_value_is_nothing_to_change(secret: Secret, person: User) -> None:
    reply = signed_in(person).post(
        f"/secrets_app/secret/{secret.pk}/change/",
        {
            "name": secret.name,
            "manager": secret.manager_id,
            "schema": "azure",
            "shape": "account_key",
            "value_account_name": "acct",
            "value_account_key": KEY,
        },
        follow=True,
    )

    secret.refresh_from_db()
    assert "This value equals version 1. Nothing to change." in reply.content.decode()
    assert (secret.version, secret.versions.count()) == (1, 1)


def test_versions_are_kept_and_destroyed_after_thirty_days(secret: Secret) -> None:
    secret.replace({"account_key": OTHER_KEY})
    first = secret.versions.get(number=1)
    assert secret.reveal(1) == {"account_name": "acct", "account_key": KEY}

    SecretVersion.objects.filter(pk=first.pk).update(
        unused_since=timezone.now() - timedelta(days=31)
    )
    dispatch.tick()

    first.refresh_from_db()
    assert first.destroyed_at is not None
    assert (first.fingerprint, first.values.count()) == ("", 0)
    assert secret.reveal()["account_key"] == OTHER_KEY


def test_the_version_in_use_is_never_destroyed(secret: Secret, person: User) -> None:
    signed_in(person).post(f"/secrets/secret/{secret.pk}/1/destroy/")

    assert secret.reveal() == {"account_name": "acct", "account_key": KEY}


def test_an_earlier_version_is_destroyed_on_demand(secret: Secret, person: User) -> None:
    secret.replace({"account_key": OTHER_KEY})

    signed_in(person).post(f"/secrets/secret/{secret.pk}/1/destroy/")

    assert secret.versions.get(number=1).destroyed_at is not None
    assert AuditEntry.objects.get(action="destroyed").words == "version 1"
