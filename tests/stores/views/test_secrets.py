"""The page of a secret: what it says of versions, of rehearsals and of the watch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from secrets_app.models import Secret, SecretsManager
from stores.models import Check, Rehearsal, Run, Store
from tests.support.pages import signed_in, words

pytestmark = pytest.mark.django_db

RETIRED = "It was retired on 1 Nov; Azure may have cancelled it."


@pytest.fixture
def secret(person: User) -> Secret:
    """A secret in two versions, of which the second is in use since 1 November."""
    secret = Secret.objects.create(
        name="az_secret", owner=person, manager=SecretsManager.objects.built_in()
    )
    secret.replace({"account_name": "acct"})
    secret.replace({"account_name": "other"})
    secret.versions.filter(number=1).update(unused_since=datetime(2026, 11, 1, 12, tzinfo=UTC))
    return secret


@pytest.fixture
def store(secret: Secret, person: User) -> Store:
    return Store.objects.create(
        name="az_store",
        owner=person,
        flavor="azure",
        path="az://ml",
        sign_in="from_secret",
        authentication_secret=secret.name,
    )


@pytest.fixture
def watched(secret: Secret) -> Rehearsal:
    """Version 2 was taken into use in the place of version 1 just now."""
    return Rehearsal.objects.create(
        secret=secret,
        version=2,
        previous=1,
        state=Rehearsal.State.SWITCHED,
        switched_at=timezone.now(),
    )


@pytest.fixture
def signed(person: User) -> Client:
    return signed_in(person)


def html(client: Client, secret: Secret) -> str:
    return client.get(f"/secrets/secret/{secret.pk}/overview/").content.decode()


def ended(store: Store, rehearsal: Rehearsal | None, version: int) -> Check:
    """A check with this version that found no container."""
    return Check.objects.create(
        store=store,
        rehearsal=rehearsal,
        secret=store.secret(),
        secret_version=version,
        status=Run.Status.DONE,
        finished_at=timezone.now(),
        verdict=Store.State.FAILING,
        words="There is no container.",
        steps=[{"name": "list", "mark": "failed", "words": "", "category": "container_missing"}],
    )


def test_making_a_retired_version_current_says_what_that_may_mean(
    secret: Secret, store: Store, signed: Client
) -> None:
    page = html(signed, secret)

    assert f"Make version 1 current again? {RETIRED} It is tried with every store first." in page


def test_where_no_store_uses_it_nothing_is_promised(secret: Secret, signed: Client) -> None:
    page = html(signed, secret)

    assert f"Make version 1 current again? {RETIRED}" in page
    assert "It is tried with every store first." not in page


def test_a_version_that_was_never_in_use_was_not_retired(
    secret: Secret, store: Store, signed: Client
) -> None:
    secret.add_version({"account_name": "third"})

    page = html(signed, secret)

    assert "Make version 1 current again?" in page
    assert "Make version 3 current again?" not in page


def test_a_version_that_may_come_back_is_not_offered_to_be_destroyed(
    secret: Secret, store: Store, watched: Rehearsal, signed: Client
) -> None:
    page = html(signed, secret)

    assert "Comes back by itself if version 2 fails until" in page
    assert f"/secrets/secret/{secret.pk}/1/destroy/" not in page
    assert "if a store that worked fails with it, version 1 comes back by itself." in page


def test_destroying_it_all_the_same_is_refused_with_words(
    secret: Secret, store: Store, watched: Rehearsal, signed: Client
) -> None:
    reply = signed.post(f"/secrets/secret/{secret.pk}/1/destroy/", follow=True)

    assert "Version 1 comes back by itself if a store fails with version 2 until" in (
        reply.content.decode()
    )
    assert secret.versions.get(number=1).destroyed_at is None


def test_nothing_is_promised_once_the_watch_is_over(
    secret: Secret, store: Store, watched: Rehearsal, signed: Client
) -> None:
    Rehearsal.objects.update(switched_at=timezone.now() - timedelta(hours=25))

    page = html(signed, secret)

    assert "comes back by itself" not in page
    assert f"/secrets/secret/{secret.pk}/1/destroy/" in page


def test_the_matrix_says_which_stores_fail_as_before(
    secret: Secret, store: Store, watched: Rehearsal, signed: Client
) -> None:
    ended(store, None, 1)
    ended(store, watched, 2)

    page = words(signed, f"/secrets/secret/{secret.pk}/overview/")

    assert "As before There is no container. So it was with version 1, too." in page


def test_the_matrix_leaves_out_what_was_not_so_before(
    secret: Secret, store: Store, watched: Rehearsal, signed: Client
) -> None:
    ended(store, watched, 2)

    page = words(signed, f"/secrets/secret/{secret.pk}/overview/")

    assert "Failing There is no container." in page
    assert "So it was" not in page
